import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { expect, test } from 'vitest';
import { openLoop } from './open-loop.ts';

/** A server that answers as it is told, for as long as the work with it takes. */
async function serving<T>(listener: RequestListener, work: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  try {
    return await work(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
const get = async (url: string): Promise<boolean> => (await fetch(url)).ok;

test('a server that takes 50 ms for each is measured with no less, at any percentile', async () => {
  const { latencies, offered, failed } = await serving(
    (_, response) => void setTimeout(() => response.end(), 50),
    (url) => openLoop({ rate: 100, count: 30, send: () => get(url) }),
  );
  expect([offered, failed, latencies.length]).toEqual([30, 0, 30]);
  // A timer of Node may end a millisecond early.
  expect(latencies[0]).toBeGreaterThan(48);
});

test('requests that never had an answer left the percentiles as good as those that had one: they count for as long as was waited', async () => {
  const send = async (i: number): Promise<boolean> => {
    if (i % 4 !== 0) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
    throw new Error('nobody answers');
  };
  const { latencies, failed } = await openLoop({ rate: 200, count: 20, send });
  expect([latencies.length, failed]).toEqual([20, 5]);
  // A timer of Node may end a millisecond early.
  expect(latencies.slice(-5)[0]).toBeGreaterThan(48);
});

test('a stall counts for all that it kept waiting, not only for the one that hit it', async () => {
  const held: (() => void)[] = [];
  // Nothing is answered until the last has come: at 100 a second the first of 20 was due 190 ms before it.
  const { latencies } = await serving(
    (_, response) => {
      held.push(() => response.end());
      if (held.length === 20) for (const answer of held) answer();
    },
    (url) => openLoop({ rate: 100, count: 20, send: () => get(url) }),
  );
  expect(latencies.length).toBe(20);
  for (const [i, latency] of latencies.entries()) expect(latency).toBeGreaterThanOrEqual(10 * i - 0.001);
});

test('latency runs from the intended start, and a generator that lags says that it measured itself', async () => {
  const busy = (milliseconds: number): void => {
    const until = performance.now() + milliseconds;
    while (performance.now() < until);
  };
  const send = async (): Promise<boolean> => {
    busy(15); // 100 a second leave 10 ms for each
    return true;
  };
  const { valid, lagMs, latencies } = await openLoop({ rate: 100, count: 40, send });
  expect(valid).toBe(false);
  expect(lagMs).toBeGreaterThan(10);
  expect(latencies.at(-1)).toBeGreaterThanOrEqual(39 * 15 - 390);
});

test('refused and broken requests are failures', async () => {
  const answers = [true, false, 'broken'] as const;
  const { failed, latencies } = await openLoop({
    rate: 1000,
    count: 3,
    send: async (i) => {
      const answer = answers[i];
      if (answer === 'broken') throw new Error('connection reset');
      return answer === true;
    },
  });
  expect([failed, latencies.length]).toEqual([2, 3]);
});
