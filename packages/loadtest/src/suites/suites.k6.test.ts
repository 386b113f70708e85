import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { RESULTS } from '../events/events.ts';
import { type HostProcess, startHost } from '../events/host-process.ts';
import { runMain } from '../testing/run-main.ts';

let host: HostProcess;
beforeAll(async () => {
  const { url } = await testDatabase();
  const client = new pg.Client(url);
  await client.connect();
  await client.query(RESULTS);
  await client.end();
  host = await startHost(url);
});
afterAll(() => host.stop());

/** No more iterations than k6 has users ready for, and limits that say nothing about this machine. */
const GENTLE = [
  'RATE=20',
  'SECONDS=2',
  'MIN_SHARE=0.3',
  'P95_MS=60000',
  'TIMES=3',
  'FACTOR=1000',
  'SMALL_PATH=/events',
  'LARGE_PATH=/events',
];
const SMALL_BODY = 'SMALL_BODY=[]';
const LARGE_BODY = 'LARGE_BODY=[]';
const told = [...GENTLE, SMALL_BODY, LARGE_BODY].flatMap((one) => ['-e', one]);

test.each(['events-100', 'enqueue-latency', 'api-mix'])(
  'k6 runs %s against a real host, and says so',
  async (suite) => {
    const { status, stdout, stderr } = await runMain('suite', suite, '--url', host.url, ...told);
    expect([status, stderr]).toEqual([0, '']);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ suite, ok: true });
    expect(summary.metrics.iterations.count).toBeGreaterThan(0);
  },
);

test('a service that refuses what it is sent fails the suite', async () => {
  const { status } = await runMain('suite', 'events-100', '--url', host.url, ...told, '-e', 'EVENTS_PATH=/nothing');
  expect(status).toBe(1);
});
