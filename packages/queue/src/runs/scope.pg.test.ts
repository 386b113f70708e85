import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import { type Projection, projection } from '../projections/projection.ts';
import { tableLog } from '../tables/table-log.ts';
import { contest, createContest, onDatabase } from '../testing/contest.ts';
import { score } from '../testing/score-rules.ts';

async function withTable(
  sql: string,
  runs: () => Projection,
  work: (keep: Keep, runs: Projection) => Promise<void>,
): Promise<void> {
  const { url } = await testDatabase();
  await onDatabase(url, (client) => client.query(sql));
  const keep = await connect({ url });
  try {
    await work(keep, runs());
  } finally {
    await keep.stop();
  }
}

test('a run of a scope by an array finds the rows that hold it', async () => {
  const make = `create table run (who int[] primary key, score int); insert into run values ('{1}', 1), ('{2,3}', 2)`;
  const runs = () =>
    projection('runs', { from: tableLog('run', { key: ['who'], subject: 'who', fields: { score: 'score' } }), score });
  await withTable(make, runs, async (keep, projection) => {
    await keep.run(projection, { where: { who: '{2,3}' }, inline: true });
    expect(await keep.status(projection)).toMatchObject({ scored: 1, total: 2 });
  });
});

test('a scope is equal by the type of its own column, not of the one that it is joined to', async () => {
  const make = `create extension if not exists citext; create table cup (id text primary key, score int); insert into cup values ('ABC', 3);
    create table run (who int primary key, ref citext not null); insert into run values (1, 'ABC')`;
  const join = { table: 'cup', on: { ref: 'id' }, fields: { score: 'score' } };
  const runs = () =>
    projection('runs', { from: tableLog('run', { key: ['who'], subject: 'who', fields: {}, join }), score });
  await withTable(make, runs, async (keep, projection) => {
    expect(await keep.unscored(projection, { where: { ref: 'abc' } })).toBe(true);
    await keep.run(projection, { where: { ref: 'abc' }, inline: true });
    expect(await keep.status(projection)).toMatchObject({ scored: 1 });
  });
});

test('the JavaScript back end scores in a transaction of another driver, which takes a buffer for bytea', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 10, fixtures: 3 });
  const keep = await connect({ url });
  try {
    const { points } = contest('js');
    await onDatabase(url, async (client) => {
      await client.query('begin');
      const query = async (text: string, values?: unknown[]) => {
        expect(values?.filter((value) => Buffer.isBuffer(value)) ?? []).toEqual([]);
        return client.query(text, values);
      };
      await keep.run(points, { inline: true, tx: { query } as never });
      await client.query('commit');
    });
    expect(await keep.status(points)).toMatchObject({ scored: 30, rejected: 0 });
  } finally {
    await keep.stop();
  }
});
