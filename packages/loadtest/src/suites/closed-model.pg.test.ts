import pg from 'pg';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { RESULTS } from '../events/events.ts';
import { startHost } from '../events/host-process.ts';
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
