import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Started, startHost } from '@scorekeep/example-contract/start-host';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { judge } from '../verdict.ts';

let app: Started;
let database: pg.Pool;
beforeAll(async () => {
  const { url } = await testDatabase();
  database = new pg.Pool({ connectionString: url, max: 1 });
  const settings = { DATABASE_URL: url, OTP_DELIVERY: 'response', RATE_LIMIT_PER_MINUTE: '1000000' };
  app = await startHost(new URL('../main.ts', import.meta.url), settings);
});
afterAll(async () => {
  await app?.end('SIGTERM');
  await database?.end();
});

/** What anybody is told by docs/load-tests.md to send this host. */
const SENT = {
  EVENTS_PATH: '/api/events',
  EVENT_BODY: '{"event_type":"app_launched","user_id":"user-{{n}}","timestamp":"{{time}}"}',
  READ_PATHS: '/api/events/stats?timeframe=1h,/api/v2/leaderboard/global',
};
/** Little, and with limits that say nothing about this machine; nothing of it where FULL_RATE is set, as every night. */
const GENTLE =
  process.env['FULL_RATE'] === undefined ? { RATE: '20', SECONDS: '2', MIN_SHARE: '0.3', P95_MS: '60000' } : {};

async function suite(name: string): Promise<string> {
  const cli = path.resolve('packages/loadtest/src/cli.ts');
  const told = Object.entries({ ...SENT, ...GENTLE }).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
  const args = ['--conditions=@scorekeep/source', cli, 'suite', name, '--url', app.url, ...told];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

test('events at a constant rate, a mix of requests, and 100 at once: each answered, and each event processed once', async () => {
  for (const name of ['events-100', 'api-mix']) {
    expect(JSON.parse(await suite(name))).toMatchObject({ suite: name, ok: true });
  }
  expect(await suite('burst-100')).toMatch(/^burst-100: 100 requests, .*; 100 × 200; 0 errors;/);
  await expect.poll(async () => (await judge(database)).pending, { timeout: 60_000 }).toBe(0);
  const { acknowledged, ...wrong } = await judge(database);
  expect(acknowledged).toBeGreaterThan(100);
  expect(wrong).toEqual({ pending: 0, lost: 0, double: 0, wrong: 0 });
});
