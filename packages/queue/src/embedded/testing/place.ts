import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { PostgresOptions } from '../index.ts';

/** A folder for one test. */
export function place(mode = 0o777): string {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'embedded-test-'));
  chmodSync(folder, mode);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20 }));
  return folder;
}

/** A host process with its temporary files in `temporary`; in a process group of its own, as a shell would start it. */
export function spawnHost(options: PostgresOptions, temporary: string, uid?: number): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL('host.ts', import.meta.url)), JSON.stringify(options)], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** What the host says once. */
export async function answer(
  host: ChildProcess,
): Promise<{ url: string; port: number; pid: number; code?: string; message?: string }> {
  if (host.stdout === null) throw new Error('the host has no output');
  const ended = once(host, 'exit').then(([code, signal]) => {
    throw new Error(`the host ended without a word: ${code ?? signal}`);
  });
  const [line] = await Promise.race([once(host.stdout, 'data'), ended]);
  return JSON.parse(String(line));
}

/** Is there such a process? A zombie counts: nobody has reaped it. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
