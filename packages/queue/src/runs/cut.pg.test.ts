import { describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { inspectTable } from '../tables/inspect-table.ts';
import { tableLog } from '../tables/table-log.ts';
import { onDatabase } from '../testing/contest.ts';
import { cut, type Piece } from './cut.ts';

const ROWS = 40_000;

async function pieces(
  create: string,
  {
    key,
    subject,
    scope = {},
    table = 'log',
  }: { key: string[]; subject: string; scope?: Record<string, string>; table?: string },
): Promise<{ pieces: readonly Piece[]; counts: number[] }> {
  const { url } = await testDatabase();
  return onDatabase(url, async (client) => {
    await client.query(create);
    const log = tableLog(table, { key, subject, fields: { home: 'home' } });
    const inspected = await inspectTable(client, log, { home: { type: 'int', min: 0, max: 99 } });
    const cutAt = await cut(client, inspected, scope, () => 1_000);
    const counts: number[] = [];
    const where = Object.entries(scope)
      .map(([name, value]) => `and ${name} = '${value}'`)
      .join(' ');
    for (const { lo, hi } of cutAt) {
      const { rows } = await client.query(
        `select count(*)::int as n from ${table} where ($1::text is null or ${subject} > $1::${inspected.subject.type}) and ($2::text is null or ${subject} <= $2::${inspected.subject.type}) ${where}`,
        [lo, hi],
      );
      counts.push(rows[0].n);
    }
    return { pieces: cutAt, counts };
  });
}

describe('a log is cut into pieces that hold everything once, from the beginning to the end', () => {
  test.each([
    [
      'bigint',
      `create table log (id bigint primary key, home int); insert into log select i * 7, 1 from generate_series(1, ${ROWS}) i`,
      ['id'],
      'id',
    ],
    [
      'uuid',
      `create table log (id uuid primary key, home int); insert into log select md5(i::text)::uuid, 1 from generate_series(1, ${ROWS}) i`,
      ['id'],
      'id',
    ],
    [
      'text in C order',
      `create table log (id text collate "C" primary key, home int); insert into log select case when i % 2 = 0 then 'Zoë ' else 'ann ' end || i, 1 from generate_series(1, ${ROWS}) i`,
      ['id'],
      'id',
    ],
    [
      'a composite key',
      `create table log (who uuid, what int, home int, primary key (what, who)); insert into log select md5((i / 20)::text)::uuid, i % 20, 1 from generate_series(1, ${ROWS}) i`,
      ['what', 'who'],
      'who',
    ],
  ])('by %s', async (_, create, key, subject) => {
    const { pieces: cutAt, counts } = await pieces(create, { key, subject });
    expect(cutAt.length).toBeGreaterThan(15);
    expect([cutAt[0]?.lo, cutAt.at(-1)?.hi]).toEqual([null, null]);
    expect(cutAt.slice(1).map((piece) => piece.lo)).toEqual(cutAt.slice(0, -1).map((piece) => piece.hi));
    expect(counts.reduce((a, b) => a + b, 0)).toBe(ROWS);
    expect(Math.max(...counts)).toBeLessThan((4 * ROWS) / cutAt.length);
  });

  test('of nearly one size, though the table is stored in the order of its subjects and only some pages are looked at', async () => {
    const create = `create table log (id bigint primary key, home int, filler text); insert into log select i, 1, repeat('x', 1000) from generate_series(1, ${ROWS}) i; analyze log`;
    const { counts } = await pieces(create, { key: ['id'], subject: 'id' });
    expect(counts.length).toBeGreaterThan(30);
    expect(Math.max(...counts)).toBeLessThan((1.8 * ROWS) / counts.length);
  });

  test('of a scope, by the subjects in it', async () => {
    const create = `create table log (id bigint primary key, half bool, home int); insert into log select i, i > ${ROWS / 2}, 1 from generate_series(1, ${ROWS}) i; analyze log`;
    const { pieces: cutAt, counts } = await pieces(create, { key: ['id'], subject: 'id', scope: { half: 'true' } });
    expect(counts.reduce((a, b) => a + b, 0)).toBe(ROWS / 2);
    expect(Number(cutAt[0]?.hi)).toBeGreaterThan(ROWS / 2);
  });

  test('by a subject that is an array, into one piece, since there is no array of arrays to cut by', async () => {
    const cutAt = await pieces(
      `create table log (subject int[] not null, home int, primary key (subject)); insert into log select array[i], 1 from generate_series(1, ${ROWS}) i`,
      { key: ['subject'], subject: 'subject' },
    );
    expect(cutAt.counts).toEqual([ROWS]);
  });

  test('of a view, which has no pages to sample', async () => {
    const create = `create table base (id bigint primary key, home int); insert into base select i, 1 from generate_series(1, ${ROWS}) i; analyze base; create view log as select * from base`;
    const { counts } = await pieces(create, { key: ['id'], subject: 'id' });
    expect(counts.reduce((a, b) => a + b, 0)).toBe(ROWS);
    expect(counts.length).toBeGreaterThan(15);
  });

  test('that is empty, into one piece', async () => {
    const { pieces: cutAt } = await pieces('create table log (id bigint primary key, home int)', {
      key: ['id'],
      subject: 'id',
    });
    expect(cutAt).toMatchObject([{ lo: null, hi: null }]);
  });

  test('where one subject has nearly everything, into fewer pieces rather than an empty one', async () => {
    const create = `create table log (who int, what int, home int, primary key (who, what)); insert into log select case when i < 100 then i else 7 end, i, 1 from generate_series(1, ${ROWS}) i; analyze log`;
    const { pieces: cutAt, counts } = await pieces(create, { key: ['who', 'what'], subject: 'who' });
    expect(counts.reduce((a, b) => a + b, 0)).toBe(ROWS);
    expect(new Set(cutAt.map((piece) => piece.hi)).size).toBe(cutAt.length);
  });
});
