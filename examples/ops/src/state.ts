import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a running host can be told what to do: the file that its supervisor leaves. */
export interface State {
  readonly pid: number;
  readonly port: number;
  /** Only who can read the file may speak to the supervisor. */
  readonly token: string;
}

/** The folder of a host: data, logs, and who watches it. OPS_DIRECTORY, or `.scorekeep` at the root, which git ignores. */
export function folderOf(host: string): string {
  const root = process.env['OPS_DIRECTORY'] || fileURLToPath(new URL('../../../.scorekeep/', import.meta.url));
  return path.join(root, host);
}

const fileOf = (host: string): string => path.join(folderOf(host), 'supervisor.json');

/** Undefined when no supervisor has left its file. */
export function readState(host: string): State | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(host), 'utf8')) as State;
  } catch {
    return undefined;
  }
}

export function writeState(host: string, state: State): void {
  mkdirSync(folderOf(host), { recursive: true });
  // Renamed into place: nobody reads half of it.
  writeFileSync(`${fileOf(host)}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${fileOf(host)}.new`, fileOf(host));
}

export function removeState(host: string): void {
  rmSync(fileOf(host), { force: true });
}

/** The log of a part. */
export const logOf = (host: string, part: string): string => path.join(folderOf(host), `${part}.log`);
