import { afterEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import { type Backend, projection } from '../projections/projection.ts';
import { tableLog } from '../tables/table-log.ts';
import { onDatabase } from '../testing/contest.ts';
import { score } from '../testing/score-rules.ts';
import { type Board, type BoardOperator, board } from './board.ts';

const open: Keep[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((keep) => keep.stop()));
});

const [first, second] = ['2026-03-23', '2026-03-30'];
const [by, reason] = ['referee 7', 'speed hack'];

/** Types whose values may be equal though their texts are not; one subject in three spellings, and another one. */
const TYPES = [
  ['citext', ['Bob', 'BOB', 'bob'], 'ann'],
  ['numeric', ['1', '1.0', '1.00'], '2'],
  ['text collate any_case', ['Bob', 'BOB', 'bob'], 'ann'],
] as const;

/** A table of runs, whose subjects are of a type, and a connection. */
async function withRuns(type: string): Promise<{ keep: Keep; url: string }> {
  const { url } = await testDatabase();
  await onDatabase(url, (client) =>
    client.query(`create extension citext;
      create collation any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      create table run (who ${type} not null, n int not null, score int, at timestamptz, primary key (who, n), unique (n))`),
  );
  const keep = await connect({ url });
  open.push(keep);
  return { keep, url };
}

const insert = (url: string, who: string, n: number, day: string, points = 3): Promise<unknown> =>
  onDatabase(url, (client) =>
    client.query('insert into run values ($1, $2, $3, $4)', [who, n, points, `${day} 12:00Z`]),
  );

const runsBy = (key: readonly string[], backend: Backend) =>
  projection('runs', {
    from: tableLog('run', { key, subject: 'who', fields: { score: 'score' } }),
    score,
    backend,
  });

const weekly = (backend: Backend, add: BoardOperator): Board =>
  board('weekly', {
    of: runsBy(['n'], backend),
    add,
    at: 'at',
    window: { every: 'week', timeZone: 'UTC' },
  });

describe.each(TYPES)('a subject of type %s that was taken off in another spelling', (type, spellings, other) => {
  test.each([
    ['sql', 'sum'],
    ['js', 'sum'],
    ['sql', 'best'],
    ['js', { averageOfTop: 2 }],
  ] as const)('was back in the next window, and could not be readmitted (%s, %s)', async (backend, add) => {
    const { keep, url } = await withRuns(type);
    const made = weekly(backend, add);
    const [one, loud, quiet] = spellings;
    const names = async (window: string) => (await keep.top(made, { window })).map(({ subject }) => subject);
    const run = () => keep.run(made.of as ReturnType<typeof runsBy>, { inline: true });
    await keep.top(made);
    await insert(url, one, 1, first);
    await insert(url, other, 2, first);
    await run();
    expect(await keep.exclude(made, loud, { by, reason })).toBe(true);
    expect(await keep.exclude(made, quiet, { by, reason })).toBe(false);
    await insert(url, quiet, 3, second);
    await insert(url, other, 4, second);
    await run();
    expect([await names(first), await names(second)]).toEqual([[other], [other]]);
    await keep.switchBoard(made);
    expect([await names(first), await names(second)]).toEqual([[other], [other]]);
    expect(await keep.readmit(made, one, { by })).toBe(true);
    expect(await keep.readmit(made, loud, { by })).toBe(false);
    expect([(await names(first)).length, (await names(second)).length]).toEqual([2, 2]);
    expect(await keep.exclusions(made)).toMatchObject([{ subject: loud, readmittedBy: by }]);
  });
});

test('a name that is off one board is not read as a number by another, and keeps its board from becoming one of numbers', async () => {
  const { keep, url } = await withRuns('numeric');
  await onDatabase(url, (client) => client.query('create table named as select who::text, n, score, at from run'));
  await onDatabase(url, (client) => client.query('alter table named alter who set not null, add primary key (n)'));
  const named = projection('named', {
    from: tableLog('named', { key: ['n'], subject: 'who', fields: { score: 'score' } }),
    score,
  });
  const [names, numbers] = [board('names', { of: named, add: 'sum' }), weekly('sql', 'sum')];
  expect(await keep.exclude(names, 'bob', { by, reason })).toBe(true);
  await keep.top(numbers);
  expect(await keep.exclude(numbers, 2, { by, reason })).toBe(true);
  await insert(url, '1', 1, first);
  await keep.run(numbers.of as ReturnType<typeof runsBy>, { inline: true });
  expect(await keep.top(numbers, { window: first })).toMatchObject([{ subject: '1', points: 3 }]);
  const changed = board('names', { of: numbers.of, add: 'sum' });
  await expect(keep.switchBoard(changed)).rejects.toMatchObject({
    code: 'DEFINITION_INVALID',
    fields: { board: 'names', type: 'numeric' },
  });
  expect(await keep.readmit(names, 'bob', { by })).toBe(true);
  await keep.switchBoard(changed);
  expect(await keep.top(changed)).toMatchObject([{ subject: '1', points: 3 }]);
});

test.each([
  ['js', 'sum', ['n']],
  ['js', 'best', ['n']],
  ['js', 'sum', ['who', 'n']],
  ['js', 'best', ['who', 'n']],
  ['sql', 'sum', ['n']],
] as const)(
  'two spellings of a subject in one step were two standings that could not both be written (%s, %s, %j)',
  async (backend, add, key) => {
    const { keep, url } = await withRuns('text collate any_case');
    const of = runsBy(key, backend);
    const made = board('overall', { of, add });
    await keep.top(made);
    await insert(url, 'Bob', 1, first);
    await insert(url, 'bob', 2, first);
    await keep.transaction((tx) => keep.run(of, { tx, inline: true }));
    expect(await keep.top(made)).toMatchObject([{ points: add === 'sum' ? 6 : 3, scored: 2 }]);
  },
);

test.each(TYPES)(
  'a subject of type %s that is spelled otherwise by then was gone and new in a preview',
  async (type, [one, loud]) => {
    const { keep, url } = await withRuns(type);
    const of = runsBy(['n'], 'sql');
    await keep.top(board('overall', { of, add: 'sum' }));
    await insert(url, one, 1, first);
    await keep.run(of, { inline: true });
    await insert(url, loud, 2, first, 5);
    await keep.run(of, { inline: true });
    // The best of its runs is one in the other spelling.
    expect(await keep.preview(board('overall', { of, add: 'best' }))).toEqual({
      changed: 1,
      gain: 0,
      lose: 1,
      moves: [{ subject: loud, before: { rank: 1, points: 8 }, after: { rank: 1, points: 5 } }],
    });
  },
);

test('a preview on a version whose subjects have another type compares their texts', async () => {
  const { keep, url } = await withRuns('text collate any_case');
  await insert(url, 'Bob', 1, first);
  await onDatabase(url, (client) =>
    client.query(`create table other (who varchar(9) collate "C" not null, n int primary key, score int);
      insert into other values ('Bob', 1, 5), ('ann', 2, 4)`),
  );
  const of = runsBy(['n'], 'sql');
  await keep.run(of, { inline: true });
  await keep.top(board('overall', { of, add: 'sum' }));
  const next = projection('runs', {
    from: tableLog('other', { key: ['n'], subject: 'who', fields: { score: 'score' } }),
    score,
    version: 2,
  });
  expect((await keep.preview(board('overall', { of: next, add: 'sum' }))).moves).toEqual([
    { subject: 'ann', before: null, after: { rank: 2, points: 4 } },
    { subject: 'Bob', before: { rank: 1, points: 3 }, after: { rank: 1, points: 5 } },
  ]);
});

test('a board that computes subjects anew is refused where they are arrays, of which it cannot make a list', async () => {
  const { keep } = await withRuns('int[]');
  const of = runsBy(['n'], 'sql');
  const window = { every: 'all-time' } as const;
  for (const wrong of [{ add: 'best' }, { add: { averageOfTop: 2 } }, { add: 'sum', window }] as const) {
    await expect(keep.top(board('wrong', { of, ...wrong }))).rejects.toMatchObject({
      code: 'WRONG_COLUMN_TYPE',
      fields: { board: 'wrong', table: 'run', column: 'who', type: 'integer[]' },
    });
  }
  expect(await keep.top(board('right', { of, add: 'sum' }))).toEqual([]);
});

test.each([
  ['text', ['', 'NULL', 'a,b', '"', '{}', '\\', ' x ', 'plain']],
  ['char(6)', ['a', 'b,c', 'null']],
  ['boolean', ['true', 'false']],
  ['inet', ['10.0.0.1', '2001:db8::1']],
  ['bigint', ['-9223372036854775808', '7']],
  ['uuid', ['018f4e7a-0000-7000-8000-000000000001', 'ffffffff-ffff-ffff-ffff-ffffffffffff']],
] as const)('a page spells each subject of type %s as it is a text', async (type, subjects) => {
  const { keep, url } = await withRuns(type);
  for (const [i, who] of subjects.entries()) await insert(url, who, i, first, 9 - i);
  const runs = runsBy(['n'], 'sql');
  const overall = board('overall', { of: runs, add: 'sum' });
  await keep.run(runs, { inline: true });
  const { rows } = await onDatabase(url, (client) => client.query('select who::text as who from run order by n'));
  const spelled = rows.map((row) => row.who);
  expect((await keep.top(overall)).map(({ subject }) => subject)).toEqual(spelled);
  expect((await keep.around(overall, spelled[0])).map(({ subject }) => subject)).toEqual(spelled.slice(0, 6));
});
