import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { watchUsage } from './usage.ts';

test('memory and connections of a process are those that the operating system counts, and what exceeds a limit is counted', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const sockets = [1, 2, 3].map(() => connect(port, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const pids = (): number[] => [process.pid, 2 ** 30];
  const url = `postgres://127.0.0.1:${port}/x`;
  const within = watchUsage(url, pids, { bytes: 2 ** 40, connections: 3 });
  const beyond = [{ connections: 2 }, { bytes: 1 }].map((limits) => watchUsage(url, pids, limits));
  try {
    if (process.platform === 'linux') {
      await expect.poll(() => within.seen().samples, PATIENCE).toBeGreaterThan(1);
      for (const one of beyond) await expect.poll(() => one.seen().outgrown, PATIENCE).toBeGreaterThan(1);
    }
  } finally {
    for (const one of beyond) await one.stop();
    const usage = await within.stop();
    for (const socket of sockets) socket.destroy();
    server.close();
    if (process.platform === 'linux') {
      expect(usage).toMatchObject({ mostConnections: 3, outgrown: 0 });
      expect(usage.mostBytes).toBeGreaterThan(10 * 2 ** 20);
    } else expect(usage).toEqual({ samples: 0, mostBytes: 0, mostConnections: 0, outgrown: 0 });
  }
});

const PATIENCE = { timeout: 60_000 };
