import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { kickOff, saveForecast } from './forecast.ts';
import { openContests } from './open-contests.ts';
import { uuidOf } from './uuid.ts';

let pool: pg.Pool;

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: (await testDatabase()).url, max: 4 });
  await openContests(pool, { closesInDays: 7, seedPredictions: 0 });
});
afterAll(() => pool.end());

test('a forecast that was taken while the kick-off waited for another one counted as late', async () => {
  const [first, admin] = await Promise.all([pool.connect(), pool.connect()]);
  try {
    await first.query('begin');
    await first.query('select from fixture where number = 1 for share');
    await admin.query('begin');
    const kicked = kickOff(admin, 1);
    for (let waits = false; !waits; )
      ({ waits } = (await pool.query(`select exists (select from pg_locks where not granted) as waits`)).rows[0]);
    const saved = await saveForecast(pool, { entrantId: uuidOf('ann'), number: 1, home: 2, away: 1 });
    expect(saved).toMatchObject({ state: 'saved' });
    await first.query('commit');
    await kicked;
    await admin.query('commit');
  } finally {
    first.release();
    admin.release();
  }
  const { rows } = await pool.query(
    'select f.submitted_at < m.kickoff_at as counts from forecast f join fixture m on m.id = f.fixture_ref',
  );
  expect(rows).toEqual([{ counts: true }]);
});
