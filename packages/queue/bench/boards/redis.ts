import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** As much of Redis as the benchmark needs. */
export interface Redis {
  /** Sends commands in one write and resolves when all are answered. */
  send(commands: readonly (readonly (string | number)[])[]): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A Redis of its own that fsyncs after every write, on a socket in a folder that goes with it; undefined where no
 * `redis-server` is installed.
 */
export async function startRedis(): Promise<Redis | undefined> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'scorekeep-redis-'));
  const socket = path.join(folder, 'socket');
  const options = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '', '--appendonly', 'yes'];
  const server = spawn('redis-server', [...options, '--appendfsync', 'always'], { stdio: 'ignore' });
  const missing = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(true));
    server.once('spawn', () => resolve(false));
  });
  if (missing) {
    await rm(folder, { recursive: true });
    return undefined;
  }
  const connection = await reach(socket);
  return {
    send: (commands) => exchange(connection, commands),
    async stop() {
      connection.destroy();
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

async function reach(socket: string): Promise<net.Socket> {
  for (let attempt = 1; ; attempt++) {
    const connection = net.connect(socket);
    const failed = await new Promise<Error | undefined>((resolve) => {
      connection.once('connect', () => resolve(undefined));
      connection.once('error', resolve);
    });
    if (failed === undefined) return connection;
    if (attempt === 200) throw failed;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function exchange(connection: net.Socket, commands: readonly (readonly (string | number)[])[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let answers = commands.length;
    let text = '';
    const onData = (data: Buffer): void => {
      text += data.toString('latin1');
      for (let end = endOfReply(text, 0); end !== -1; end = endOfReply(text, 0)) {
        if (text.startsWith('-')) reject(new Error(text.slice(1, end).trim()));
        text = text.slice(end);
        answers--;
      }
      if (answers > 0) return;
      connection.off('data', onData);
      resolve();
    };
    connection.on('data', onData);
    connection.write(
      commands
        .map((words) => `*${words.length}\r\n${words.map((word) => `$${String(word).length}\r\n${word}\r\n`).join('')}`)
        .join(''),
    );
  });
}

/** Where the reply that begins at `from` ends; -1 while it is not complete. Names and numbers are ASCII. */
function endOfReply(text: string, from: number): number {
  const line = text.indexOf('\r\n', from);
  if (line === -1) return -1;
  const size = Number(text.slice(from + 1, line));
  let end = line + 2;
  if (text[from] === '$') end += size < 0 ? 0 : size + 2;
  if (text[from] === '*') for (let i = 0; i < size && end !== -1; i++) end = endOfReply(text, end);
  return end > text.length ? -1 : end;
}
