import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { RESULTS } from '../events/events.ts';
import { startHost } from '../events/host-process.ts';
import { main } from '../main.ts';
import { runMain } from '../testing/run-main.ts';

test('100 at once and 1000 requests of 2 events are all answered 202, and every event is stored once', async () => {
  const { url } = await testDatabase();
  const client = new pg.Client(url);
  await client.connect();
  await client.query(RESULTS);
  const host = await startHost(url);
  try {
    const stored = async (): Promise<unknown> =>
      (await client.query('select count(*)::int as n, count(distinct key)::int as keys from scorekeep.event')).rows[0];
    const burst = await runMain('suite', 'burst-100', '--url', host.url, '--json');
    expect(JSON.parse(burst.stdout)).toMatchObject({ requests: 100, status: { 202: 100 }, errors: 0 });
    expect(await stored()).toEqual({ n: 100, keys: 100 });
    const load = await runMain('suite', 'load-2000', '--url', host.url, '--json');
    expect(JSON.parse(load.stdout)).toMatchObject({ requests: 1000, status: { 202: 1000 }, errors: 0 });
    expect(await stored()).toEqual({ n: 2100, keys: 2100 });
    expect([burst.status, load.status]).toEqual([0, 0]);
  } finally {
    await host.stop();
    await client.end();
  }
});

test('what differs may stand in the environment, for autocannon as for k6', async () => {
  const sent: unknown[] = [];
  const server = createServer(async (request, response) => {
    sent.push([request.url, request.headers.authorization, await text(request)]);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const status = await main(['suite', 'burst-100', '--url', url], {
    out: () => undefined,
    err: () => undefined,
    env: { EVENTS_PATH: '/api/events', EVENT_BODY: '{"is":"mine"}', AUTHORIZATION: 'Bearer a' },
  });
  server.close();
  expect([status, sent.length, new Set(sent.map((one) => JSON.stringify(one))).size]).toEqual([0, 100, 1]);
  expect(sent[0]).toEqual(['/api/events', 'Bearer a', '{"is":"mine"}']);
});
