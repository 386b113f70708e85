import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LoadtestError } from '../loadtest-error.ts';

/** A command that gets or builds something. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Where it runs. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a command to its end; gives what it prints.
 *
 * @param reason another error for what it says on stderr, where that has a meaning of its own
 * @throws LoadtestError `RUN_FAILED` with the end of what it says on stderr
 */
export async function command(
  { file, args, folder, signal }: Command,
  reason: (said: string) => LoadtestError | undefined = () => undefined,
): Promise<string> {
  try {
    const options = { cwd: folder, maxBuffer: 64 * 2 ** 20, ...(signal === undefined ? {} : { signal }) };
    const { stdout } = await promisify(execFile)(file, args, options);
    return stdout;
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    const end = said === '' && cause instanceof Error ? cause.message : said.split('\n').slice(-5).join(' / ');
    throw (
      reason(said) ??
      new LoadtestError('RUN_FAILED', `${[file, ...args].join(' ')} failed: ${end}`, { command: file }, { cause })
    );
  }
}
