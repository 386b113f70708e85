import type { Db, JobInsert, PgBoss } from 'pg-boss';
import { expect, test } from 'vitest';
import { insertTogether } from './insert-together.ts';

/** A queue that stores what it is given, and answers as it is told. */
function together(answer: (statement: number, ids: string[]) => string[]) {
  let statements = 0;
  const boss = {
    insert: async (_: string, jobs: JobInsert[]) =>
      answer(
        ++statements,
        jobs.map(({ id }) => id ?? ''),
      ),
  };
  return insertTogether(boss as unknown as PgBoss, {} as Db);
}

test('callers of one turn of the event loop share a statement: the first of them had one to himself, and so had nearly every second', async () => {
  const statements: string[][] = [];
  const insert = together((_, ids) => {
    statements.push(ids);
    return ids;
  });
  for (let turn = 0; turn < 2; turn++) {
    await Promise.all(['a', 'b', 'c'].map((id) => insert('queue', [{ id: `${id}${turn}` }])));
  }
  expect(statements).toEqual([
    ['a0', 'b0', 'c0'],
    ['a1', 'b1', 'c1'],
  ]);
});

test('of callers whose jobs went in with one statement each is told of its own: all were taken for those of each', async () => {
  const insert = together((_, ids) => ids.filter((id) => id !== 'known'));
  const fresh = await Promise.all(['a', 'b', 'c', 'known'].map((id) => insert('queue', [{ id }])));
  expect(fresh.map((ids) => [...ids])).toEqual([['a'], ['b'], ['c'], []]);
});

test('jobs of callers whose statement was not answered are not called duplicates: they were inserted again, and were there', async () => {
  const stored = new Set<string>();
  const insert = together((statement, ids) => {
    const fresh = ids.filter((id) => !stored.has(id));
    for (const id of fresh) stored.add(id);
    if (statement === 2) throw new Error('Connection terminated unexpectedly');
    return fresh;
  });
  const atOnce = (ids: string[]) => Promise.allSettled(ids.map((id) => insert('queue', [{ id }])));
  const ended = [...(await atOnce(['a', 'b'])), ...(await atOnce(['c', 'd']))];
  expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
  expect([...stored]).toEqual(['a', 'b', 'c', 'd']);
});

test('a caller whose job the database refuses fails alone, though others came with it', async () => {
  const insert = together((_, ids) => {
    if (ids.includes('bad')) throw Object.assign(new Error('no'), { code: '22P02' });
    return ids;
  });
  const ended = await Promise.allSettled(['a', 'b', 'c', 'bad', 'd'].map((id) => insert('queue', [{ id }])));
  expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
});
