import pg from 'pg';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { onDatabase } from '../testing/contest.ts';
import { withKeep } from '../testing/with-keep.ts';
import { transaction } from './transaction.ts';

test('a transaction that goes on after the error of a statement was caught said that it was committed, and nothing was stored', async () => {
  await withKeep(async (keep, url) => {
    await onDatabase(url, (client) => client.query('create table note (text text)'));
    const careless = keep.transaction(async (tx) => {
      await tx.query(`insert into note values ('paid')`);
      await tx.query('select 1 / 0').catch(() => undefined);
      return 'done';
    });
    await expect(careless).rejects.toMatchObject({ code: 'ROLLED_BACK' });

    const careful = keep.transaction(async (tx) => {
      await tx.query(`insert into note values ('paid'); savepoint attempt`);
      await tx.query('select 1 / 0').catch(() => tx.query('rollback to savepoint attempt'));
      return 'done';
    });
    expect(await careful).toBe('done');
    const { rows } = await onDatabase(url, (client) => client.query('select text from note'));
    expect(rows).toEqual([{ text: 'paid' }]);
  });
});

test('the process died when a transaction was given a connection that broke in the message that made it ready', async () => {
  const { url } = await testDatabase();
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  try {
    const backend = (): Promise<unknown> =>
      transaction(pool, async (tx) => (await tx.query('select pg_backend_pid() as pid')).rows[0].pid);
    const first = await backend();
    pool.once('acquire', (client) => process.nextTick(() => client.emit('error', new Error('ended'))));
    expect(await backend()).toBe(first);
    expect(await backend()).not.toBe(first);
  } finally {
    await pool.end();
  }
});
