import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { copyRows } from './copy-rows.ts';

let client: pg.Client;
beforeAll(async () => {
  client = new pg.Client((await testDatabase()).url);
  await client.connect();
  await client.query('create table t (n int, s text, at timestamptz, a smallint[])');
});
afterAll(() => client.end());

test('every text that Postgres can hold, every time, array and null comes back as it was sent', async () => {
  const text = fc.string({ unit: 'binary' }).map((s) => s.replace(/[\0\p{Cs}]/gu, ''));
  const row = fc.tuple(
    fc.option(text),
    fc.option(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })),
    fc.option(fc.array(fc.integer({ min: -32768, max: 32767 }))),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 50 }), async (sent) => {
      await client.query('truncate t');
      const count = await copyRows(
        client,
        't',
        ['n', 's', 'at', 'a'],
        sent.map((values, n) => [n, ...values]),
      );
      expect(count).toBe(sent.length);
      const { rows } = await client.query('select s, at, a from t order by n');
      expect(rows.map(({ s, at, a }) => [s, at, a])).toEqual(sent);
    }),
    { numRuns: 60 },
  );
});

test('rows of more than one chunk all arrive', async () => {
  await client.query('truncate t');
  const rows = Array.from({ length: 5_000 }, (_, n) => [n, 'x'.repeat(100), null, null]);
  expect(await copyRows(client, 't', ['n', 's', 'at', 'a'], rows)).toBe(5_000);
  expect((await client.query('select count(*)::int as n, sum(n)::int as sum from t')).rows).toEqual([
    { n: 5_000, sum: 12_497_500 },
  ]);
});

test('a NUL in a text fails the load as a whole, and the connection goes on', async () => {
  await client.query('truncate t');
  const rows = [
    [1, 'fine', null, null],
    [2, 'nul\0', null, null],
  ];
  await expect(copyRows(client, 't', ['n', 's', 'at', 'a'], rows)).rejects.toMatchObject({ code: '22021' });
  expect((await client.query('select count(*)::int as n from t')).rows).toEqual([{ n: 0 }]);
});
