import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Decider, type History, parseHistory, type ReplayDifference, replayCheck } from '@scorekeep/core/events';

const USAGE = `Usage: scorekeep replay-check <module>[#<export>] <history.json>...

Folds committed histories of streams with the decider that a module exports (by default its default export), and compares
every state with the hash that was committed. Write histories with keep.logs.history(log, stream, decider).

Ends with 0 when all states are the same, 1 when one differs, 2 when it could not compare.
`;

/** Where the command prints; the process, or a test. */
export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/**
 * The command `replay-check`: proves that old events still fold to the same states after a change of the code.
 *
 * @returns the exit code
 */
export async function replayCheckCommand([module, ...files]: readonly string[], { out, err }: Output): Promise<number> {
  if (module === '--help') {
    out(USAGE);
    return 0;
  }
  if (module === undefined || files.length === 0) {
    err(USAGE);
    return 2;
  }
  try {
    const decider = await loadDecider(module);
    const histories: History[] = [];
    for (const file of files) histories.push(parseHistory(JSON.parse(await readFile(file, 'utf8'))));
    const { ok, streams, events, differences } = replayCheck(decider, histories);
    for (const difference of differences) err(`${shown(difference)}\n`);
    out(`${decider.name}: ${streams} streams, ${events} events, ${differences.length} differ\n`);
    return ok ? 0 : 1;
  } catch (error) {
    err(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

const shown = ({ stream, version, sameUntil, error }: ReplayDifference): string =>
  `${stream}: the same up to version ${sameUntil}, ${error === undefined ? 'another state' : error} at version ${version}`;

type AnyDecider = Decider<unknown, never>;

async function loadDecider(module: string): Promise<AnyDecider> {
  const [file = '', name = 'default'] = module.split('#', 2);
  const exports = (await import(pathToFileURL(path.resolve(file)).href)) as Record<string, unknown>;
  const found = exports[name] as Partial<AnyDecider> | undefined;
  if (typeof found?.evolve === 'function' && typeof found.foldHash === 'string') return found as AnyDecider;
  throw new TypeError(`${file} exports no decider as "${name}", only ${Object.keys(exports).join(', ') || 'nothing'}`);
}
