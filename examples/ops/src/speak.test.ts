import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { takePlace } from './place.ts';
import { OrderFailed, speak } from './speak.ts';
import { writeState } from './state.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ops-speak-'));
process.env['OPS_DIRECTORY'] = folder;
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** In the place of a supervisor. */
async function supervisor(listener: RequestListener): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  writeState('a-host', { pid: process.pid, port, token: 'secret' });
}

test('an order that is under way when its supervisor dies is not told as a host that does not run', async () => {
  await supervisor((request, response) => {
    request.setEncoding('utf8').on('data', (order: string) => {
      if (order.includes('status')) response.end(JSON.stringify({ well: true }));
      else request.socket.destroy();
    });
  });
  const order = speak('a-host', { kind: 'scale', workers: 20 });
  await expect(order).rejects.toThrow(OrderFailed);
  await expect(order).rejects.toThrow(/^a-host has not answered \(ECONNRESET\)/);
});

test('what the supervisor answers is the answer, and what it refuses is said in its words', async () => {
  await supervisor((request, response) => {
    if (request.headers.authorization !== 'Bearer secret') response.writeHead(401);
    request.setEncoding('utf8').on('data', (order: string) => {
      if (order.includes('status')) response.end(JSON.stringify({ well: true }));
      else response.writeHead(500).end(JSON.stringify({ message: 'The worker did not start.' }));
    });
  });
  await expect(speak('a-host', { kind: 'status' })).resolves.toEqual({ well: true });
  await expect(speak('a-host', { kind: 'down' })).rejects.toThrow('The worker did not start.');
});

test('a supervisor that takes orders and never answers is told of, and not waited for without end', async () => {
  await supervisor(() => undefined);
  const place = takePlace('a-host');
  for (const kind of ['status', 'down'] as const) {
    const order = speak('a-host', { kind }, 100);
    await expect(order).rejects.toThrow(OrderFailed);
    await expect(order).rejects.toThrow(/^a-host has not answered in .* s; see .*supervisor\.log/);
  }
  place?.leave();
});

test('a stranger who has the port of a killed supervisor, and says nothing or breaks off, is not taken for it', async () => {
  for (const stranger of [() => undefined, (request) => void request.socket.destroy()] satisfies RequestListener[]) {
    await supervisor(stranger);
    await expect(speak('a-host', { kind: 'down' }, 100)).resolves.toBeUndefined();
  }
});

test('a file that a killed supervisor left counts for nothing', async () => {
  await supervisor(() => undefined);
  for (const close of closing.splice(0)) close();
  await expect(speak('a-host', { kind: 'status' })).resolves.toBeUndefined();
  await expect(speak('no-host', { kind: 'status' })).resolves.toBeUndefined();
});
