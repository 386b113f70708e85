import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../src/embedded/free-port.ts';

/** A Redis of the benchmark's own, with its append-only file on. */
export interface Redis {
  readonly port: number;
  readonly sync: string;
  stop(): Promise<void>;
}

/** Starts `redis-server`; undefined when there is none on this machine. */
export async function startRedis(sync: 'always' | 'everysec'): Promise<Redis | undefined> {
  const port = await freePort();
  const folder = await mkdtemp(path.join(tmpdir(), 'scorekeep-redis-'));
  const child = spawn(
    'redis-server',
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--appendonly',
      'yes',
      '--appendfsync',
      sync,
      '--save',
      '',
    ],
    {
      stdio: 'ignore',
    },
  );
  process.once('exit', () => child.kill('SIGKILL'));
  const missing = await Promise.race([once(child, 'error').then(() => true), answers(child, port).then(() => false)]);
  if (missing) {
    await rm(folder, { recursive: true });
    return undefined;
  }
  return {
    port,
    sync,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

/** Resolves when the port accepts a connection, or the process has ended. */
export async function answers(child: ChildProcess, port: number): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await wait(20);
  }
}
