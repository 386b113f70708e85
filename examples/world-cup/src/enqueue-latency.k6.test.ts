import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { accessToken, type Started, startHost } from '@scorekeep/example-contract';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { ADMIN_PHONE } from './testing/predict.ts';

/** Forecasts of match 1 and of match 2. */
const SMALL = 10;
const LARGE = 20_000;

let app: Started;
let database: pg.Pool;
beforeAll(async () => {
  const { url } = await testDatabase();
  database = new pg.Pool({ connectionString: url, max: 1 });
  app = await startHost(new URL('./main.ts', import.meta.url), {
    DATABASE_URL: url,
    OTP_DELIVERY: 'response',
    ADMIN_PHONES: ADMIN_PHONE,
  });
  await database.query('update fixture set kickoff_at = now() where number <= 2');
  await database.query(
    `with person as (
       insert into entrant (entrant_id, display_name) select gen_random_uuid(), 'Entrant ' || n from generate_series(1, $2::int) n returning entrant_id
     )
     insert into forecast (entrant_ref, fixture_ref, home_goals, away_goals, submitted_at, locked_at)
     select p.entrant_id, f.id, n % 5, n % 3, now(), now()
     from (select entrant_id, row_number() over () as n from person) p
     join (values (1, $1::int), (2, $2)) of_match (number, forecasts) on n <= forecasts join fixture f using (number)`,
    [SMALL, LARGE],
  );
});
afterAll(async () => {
  await app?.end('SIGTERM');
  await database?.end();
});

test('recording the result of a match that 20 000 have forecast is answered as soon as that of one that 10 have', async () => {
  const result = '{"home":{{n}},"away":0}'; // another each time, so that each has everything scored anew
  const env = {
    ...process.env,
    AUTHORIZATION: `Bearer ${await accessToken(app.url, ADMIN_PHONE)}`,
    METHOD: 'PUT',
    SMALL_PATH: '/matches/admin/1/result',
    SMALL_BODY: result,
    LARGE_PATH: '/matches/admin/2/result',
    LARGE_BODY: result,
    P95_MS: '60000', // says nothing about this machine
  };
  const cli = path.resolve('packages/loadtest/src/cli.ts');
  const args = ['--conditions=@scorekeep/source', cli, 'suite', 'enqueue-latency', '--url', app.url];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  const { ok, metrics } = JSON.parse(stdout);
  expect([ok, metrics.iterations.count]).toEqual([true, 20]);
  const scored = async (): Promise<number[]> =>
    (
      await database.query(
        `select count(*)::int as n from scorekeep.score_match_points_v1 join fixture on id = fixture_ref where revision = result_revision group by number order by number`,
      )
    ).rows.map(({ n }) => n);
  await expect.poll(scored, { timeout: 120_000 }).toEqual([SMALL, LARGE]);
});
