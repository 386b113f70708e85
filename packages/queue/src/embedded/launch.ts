import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { type Account, isReachable } from './account.ts';

/** Where a server lives and as whom. */
export interface Place {
  readonly native: string;
  readonly account: Account;
  /** Holds `data` and `password`. */
  readonly folder: string;
  readonly data: string;
}

/** A program of PostgreSQL under way. */
export interface Launched {
  readonly pid: number;
  /** Its exit code, and the last 8 kB that it said. */
  readonly ended: Promise<{ readonly code: number | null; readonly log: string }>;
  kill(signal: NodeJS.Signals): void;
}

/** How long a shutdown may take before it is forced: sessions end at once, the last checkpoint is what takes time. */
const PATIENCE = [
  ['SIGQUIT', 60_000],
  ['SIGKILL', 70_000],
] as const;

/**
 * Starts a program on the data directory, `data` where it is not yet in its place. When `leave` is aborted, it is asked to
 * end: a server cleanly, anything else at once.
 */
export function launch(
  { native, account, folder, data: final }: Place,
  name: 'initdb' | 'postgres',
  args: readonly string[],
  leave: AbortSignal,
  { data = final, input }: { readonly data?: string; readonly input?: string } = {},
): Launched {
  // A user who may enter the data directory, but not the folders above it, can still name it by where he stands.
  const standing = process.platform === 'linux' && account.uid !== undefined && !isReachable(folder);
  const child = spawn(path.join(native, 'bin', name), args, {
    ...account,
    cwd: data,
    env: { ...process.env, PGDATA: standing ? '/proc/self/cwd' : data, LC_ALL: 'C' },
    detached: name !== 'postgres', // a group of its own: initdb has children
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {}).end(input); // a program that ends early does not read it; its exit tells more
  let log = '';
  const listen = (chunk: string): void => {
    log = (log + chunk).slice(-8192);
  };
  child.stdout.setEncoding('utf8').on('data', listen);
  child.stderr.setEncoding('utf8').on('data', listen);
  const kill = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  const timers: NodeJS.Timeout[] = [];
  const end = (): void => {
    if (name !== 'postgres') killGroup(child.pid);
    else if (process.platform !== 'win32') kill('SIGINT');
    else spawnSync(path.join(native, 'bin', 'pg_ctl'), ['stop', '-D', data, '-m', 'fast']);
    timers.push(...PATIENCE.map(([signal, after]) => setTimeout(kill, after, signal)));
  };
  const ended = new Promise<{ code: number | null; log: string }>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code, log }));
  }).finally(() => {
    leave.removeEventListener('abort', end);
    for (const timer of timers) clearTimeout(timer);
  });
  if (leave.aborted) end();
  else leave.addEventListener('abort', end);
  return { pid: child.pid ?? -1, ended, kill };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // it has just ended
  }
}
