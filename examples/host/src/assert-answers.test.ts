import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { assertAnswers } from './assert-answers.ts';
import { EnvironmentInvalid } from './environment.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A port that takes connections and never says anything. */
async function openMute(): Promise<Server> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined))).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server;
}

function poolOn(port: number): pg.Pool {
  const connectionString = `postgres://somebody:hunter2@127.0.0.1:${port}/x`;
  const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: 200 });
  closing.push(() => pool.end());
  return pool;
}

test('a port that accepts and never answers is told as a DATABASE_URL to correct, and not waited for without end', async () => {
  const { port } = (await openMute()).address() as AddressInfo;
  const refused = assertAnswers(poolOn(port));
  await expect(refused).rejects.toThrow(EnvironmentInvalid);
  await expect(refused).rejects.toThrow(
    /^DATABASE_URL names a Postgres that does not let us in \(.*time.*\)\. Start it/,
  );
});

test('a port where nobody listens is told by its code, and no password with it', async () => {
  const server = await openMute();
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const refused = assertAnswers(poolOn(port));
  await expect(refused).rejects.toThrow('(ECONNREFUSED)');
  await expect(refused).rejects.not.toThrow('hunter2');
});
