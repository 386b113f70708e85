import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** How `npm run ops -- …` ended. */
export interface OpsResult {
  readonly code: number;
  readonly output: string;
}

/** Something that runs under `npm run ops`, as `status --json` tells it. */
export interface OpsStatus {
  /** Of the supervisor. */
  readonly pid: number;
  readonly app: { readonly url: string; readonly pid: number; readonly state: string };
  readonly workers: readonly { readonly pid: number; readonly restarts: number; readonly state: string }[];
  readonly connections: { readonly open: number; readonly most: number; readonly limit: number };
  readonly well: boolean;
}

/**
 * A function that runs `npm run ops -- …` as a shell would, environment before it included, with what it keeps in `folder`.
 *
 * @param environment of the shell, which has a free PORT and no time to drain unless it says otherwise
 * @throws Error for a command that is none of ops
 */
export function opsIn(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): (command: string) => Promise<OpsResult> {
  return (command) => {
    const [, set = '', args] = /^((?:[A-Z_]+=\S+ )*)npm run (?:-s )?ops -- (.+)$/.exec(command) ?? [];
    if (args === undefined) throw new Error(`Not a command of ops: ${command}`);
    const given = [...set.matchAll(/([A-Z_]+)=(\S+) /g)].map(([, name, value]) => [name, value]);
    const env = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_COMPILE_CACHE: path.join(ROOT, 'node_modules/.cache/compiled'),
      OPS_DIRECTORY: folder,
      PORT: '0',
      DRAIN_MS: '0',
      ...environment,
      ...Object.fromEntries(given),
    };
    const script = ['--conditions=@scorekeep/source', 'examples/ops/src/ops.ts', ...args.split(' ')];
    return new Promise((resolve) => {
      execFile(process.execPath, script, { cwd: ROOT, env }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
      });
    });
  };
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
