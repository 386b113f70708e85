import { expect, test } from 'vitest';
import { onDatabase } from '../testing/contest.ts';
import { withKeep } from '../testing/with-keep.ts';

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
