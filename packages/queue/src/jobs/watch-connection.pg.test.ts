import pg from 'pg';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { watchConnection } from './watch-connection.ts';

test('a stop that was forced while a connection was waited for was not heard', async () => {
  const { url } = await testDatabase();
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  try {
    const forced = new AbortController();
    const taken = await pool.connect();
    const waiting = watchConnection(pool, forced.signal);
    forced.abort();
    taken.release();
    const { client, release } = await waiting;
    const [asked] = await Promise.allSettled([client.query('select 1')]);
    release();
    expect(asked).toMatchObject({ status: 'rejected' });
    expect(pool.totalCount).toBe(0);
  } finally {
    await pool.end();
  }
});
