import { ask, type Started, startHost } from '@scorekeep/example-contract/start-host';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { judge } from '../verdict.ts';
import { hundredAtOnce, thousandTimesTwo } from './guide-load.ts';

let app: Started;
let database: pg.Pool;
beforeAll(async () => {
  const { url } = await testDatabase();
  database = new pg.Pool({ connectionString: url, max: 1 });
  app = await startHost(new URL('../main.ts', import.meta.url), { DATABASE_URL: url, OTP_DELIVERY: 'response' });
});
afterAll(async () => {
  await app?.end('SIGTERM');
  await database?.end();
});

test(`the guide's load is answered with 200 throughout, and every event of it processed once`, async () => {
  expect(await hundredAtOnce(app.url)).toMatchObject({ requests: 100, statuses: { 200: 100 }, accepted: 100 });
  expect(await thousandTimesTwo(app.url)).toMatchObject({ requests: 1_000, statuses: { 200: 1_000 }, accepted: 2_000 });
  await expect.poll(async () => (await judge(database)).pending, { timeout: 120_000 }).toBe(0);
  expect(await judge(database)).toEqual({ acknowledged: 2_100, pending: 0, lost: 0, double: 0, wrong: 0 });
  expect((await ask(`${app.url}/api/events/stats`)).body).toMatchObject({
    queue: { total_queued: 2_100, total_processed: 2_100, total_failed: 0, queue: { waiting: 0, failed: 0 } },
  });
});
