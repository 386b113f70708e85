import pg from 'pg';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import { contest, createContest, onDatabase } from '../testing/contest.ts';

test('a session that ended while the reader of an export took its time ended the process', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 2, fixtures: 1 });
  const pool = new pg.Pool({ connectionString: url, max: 5 });
  pool.on('error', () => undefined);
  const keep = await connect({ pool });
  try {
    const { overall } = contest();
    await keep.top(overall);
    const ended = new Promise((resolve) => pool.on('acquire', (client) => client.once('end', resolve)));
    const lines = keep.exportBoard(overall, { format: 'csv' })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toMatch(/^window,rank/);
    await onDatabase(url, (client) =>
      client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`,
      ),
    );
    await ended;
    await expect(lines.next()).rejects.toThrow();
    expect(await keep.top(overall)).toEqual([]);
  } finally {
    await keep.stop();
    await pool.end();
  }
});
