import { afterEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import type { Sql } from '../postgres/sql.ts';
import { type Backend, projection } from '../projections/projection.ts';
import { onDatabase } from '../testing/contest.ts';
import { type Board, type BoardDefinition, board } from './board.ts';
import type { Move } from './compare.ts';
import { arcade, correctRound, createArcade } from './testing/arcade.ts';
import { type Lines, recount, wrongBuckets } from './testing/recount.ts';

const open: Keep[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((keep) => keep.stop()));
});

async function connected(url: string): Promise<Keep> {
  const keep = await connect({ url });
  open.push(keep);
  return keep;
}

/** Every window of every board must be what core computes from the stored scores, and every histogram a recount of it. */
async function expectExact(keep: Keep, url: string, boards: readonly Board[]): Promise<void> {
  for (const board of boards) {
    const lines = await recount(url, board);
    const stored = await Promise.all(
      Object.keys(lines).map(async (window) => [window, await keep.top(board, { window, limit: 10_000 })] as const),
    );
    expect(Object.fromEntries(stored), board.name).toEqual(lines);
    expect(await wrongBuckets(url, board), board.name).toEqual([]);
  }
}

/** Who moves from one state of a board to another, window by window, in no order. */
function movesBetween(before: Lines, after: Lines): Move[] {
  const place = (lines: Lines, window: string, subject: string) => {
    const line = lines[window]?.find((one) => one.subject === subject);
    return line === undefined ? null : { rank: line.rank, points: line.points };
  };
  return Object.keys({ ...before, ...after }).flatMap((window) =>
    [...new Set([...(before[window] ?? []), ...(after[window] ?? [])].map(({ subject }) => subject))]
      .map((subject) => ({
        subject,
        window,
        before: place(before, window, subject),
        after: place(after, window, subject),
      }))
      .filter((move) => JSON.stringify(move.before) !== JSON.stringify(move.after)),
  );
}

const correct = (keep: Keep, backend: Backend, round: number, factor: number) =>
  keep.transaction(async (tx) => {
    await tx.query(correctRound, [round, factor]);
    return keep.run(arcade(backend).runs, { where: { round }, tx, inline: true });
  });

describe.each(['sql', 'js'] as const)('boards of every operator with the %s back end', (backend) => {
  test('are what core computes: built from scores, kept up with new ones, and after corrections', async () => {
    const { url } = await testDatabase();
    await createArcade(url, { players: 40, runs: 20, rounds: 12 });
    const { runs, boards } = arcade(backend);
    const keep = await connected(url);
    const half = boards.slice(0, 4);
    await onDatabase(url, (client) => client.query('update round set factor = null where id > 6'));
    for (const board of half) await keep.top(board);
    await keep.run(runs, { inline: true });
    // The other half is built from the scores there are.
    await expectExact(keep, url, boards);
    await onDatabase(url, (client) => client.query('update round set factor = 2 where id > 6'));
    await keep.run(runs, { inline: true });
    await expectExact(keep, url, boards);
    for (const [round, factor] of [
      [3, 3],
      [5, 0],
      [3, 4],
      [8, 1],
      [3, 2],
    ] as const) {
      await correct(keep, backend, round, factor);
      await expectExact(keep, url, boards);
    }
  });
});

test('a preview of a correction tells, window by window, who would move on a board with windows', async () => {
  const { url } = await testDatabase();
  await createArcade(url, { players: 20, runs: 12, rounds: 12 });
  const { runs, boards } = arcade();
  const [, weekly] = boards;
  if (weekly === undefined) throw new Error('no weekly board');
  const keep = await connected(url);
  await keep.top(weekly);
  await keep.run(runs, { inline: true });
  const change = (tx: Sql) => tx.query(correctRound, [3, 3]);
  const { changed, moves } = await keep.preview(weekly, { where: { round: 3 }, change });
  const before = await recount(url, weekly);
  await correct(keep, 'sql', 3, 3);
  const after = await recount(url, weekly);
  const expected = movesBetween(before, after);
  expect(changed).toBe(expected.length);
  expect(changed).toBeGreaterThan(0);
  expect(moves).toHaveLength(Math.min(100, expected.length));
  expect(expected).toEqual(expect.arrayContaining([...moves]));
});

const week = (timeZone: string) => ({ at: 'played_at', window: { every: 'week', timeZone } }) as const;

test.each<[string, Omit<BoardDefinition, 'of'>, Omit<BoardDefinition, 'of'>, number]>([
  ['another operator', { add: 'sum' }, { add: 'count' }, 1],
  ['one more tie-break', { add: 'count' }, { add: 'count', ties: ['misses'] }, 1],
  [
    'a tie-break less, of another version',
    { add: 'count', ties: ['combo', 'misses'] },
    { add: 'count', ties: ['combo'] },
    2,
  ],
  ['another first tie-break', { add: 'count', ties: ['combo', 'misses'] }, { add: 'count', ties: ['misses'] }, 1],
  ['a window for all time', { add: 'sum' }, { add: 'count', window: { every: 'all-time' } }, 1],
  ['no window for all time', { add: 'sum', window: { every: 'all-time' } }, { add: 'count' }, 1],
  ['weeks of another zone', { add: 'best', ...week('Asia/Tokyo') }, { add: 'best', ...week('America/New_York') }, 1],
])('a preview of a board with %s told of no change, or of a column that is not there', async (_, was, is, version) => {
  const { url } = await testDatabase();
  await createArcade(url, { players: 60, runs: 12, rounds: 12 });
  const { runs } = arcade();
  const keep = await connected(url);
  const live = board('overall', { of: runs, ...was });
  await keep.top(live);
  await keep.run(runs, { inline: true });
  const of = projection('runs', { from: runs.from, score: runs.score, version });
  const standing = 'select * from scorekeep.leaderboard_overall_v1 order by window_key, subject';
  const before = await onDatabase(url, async (client) => (await client.query(standing)).rows);
  const preview = await keep.preview(board('overall', { of, ...is }), { moves: 1000 });
  expect(await onDatabase(url, async (client) => (await client.query(standing)).rows)).toEqual(before);
  // Items without a time are in a window for all time, of which core knows nothing.
  const linesOf = ({ window, ...one }: Omit<BoardDefinition, 'of'>) =>
    recount(url, board('overall', { of: runs, ...one, ...(one.at && window ? { window } : {}) }));
  const moves = movesBetween(await linesOf(was), await linesOf(is)).map(({ window, ...move }) =>
    is.window === undefined ? move : { ...move, window },
  );
  expect(moves.length).toBeGreaterThan(0);
  expect(preview.changed).toBe(moves.length);
  expect(preview.moves).toHaveLength(moves.length);
  expect(preview.moves).toEqual(expect.arrayContaining(moves));
});

test('a preview of a board with other windows than the live one, whose lines are of other times, is refused', async () => {
  const { url } = await testDatabase();
  await createArcade(url, { players: 2, runs: 2, rounds: 2 });
  const { runs } = arcade();
  const keep = await connected(url);
  await keep.top(board('overall', { of: runs, add: 'sum', ...week('UTC') }));
  const day = { at: 'played_at', window: { every: 'day', timeZone: 'UTC' } } as const;
  const sundays = { at: 'played_at', window: { every: 'week', timeZone: 'UTC', weekStart: 7 } } as const;
  for (const other of [{}, day, sundays]) {
    await expect(keep.preview(board('overall', { of: runs, add: 'sum', ...other }))).rejects.toMatchObject({
      code: 'DEFINITION_INVALID',
      fields: { board: 'overall' },
    });
  }
  expect(await keep.preview(board('daily', { of: runs, add: 'sum', ...day }))).toMatchObject({ lose: 0 });
});

test('a board whose time column is not there, or is no time is refused by name', async () => {
  const { url } = await testDatabase();
  await createArcade(url, { players: 2, runs: 2, rounds: 2 });
  const { runs } = arcade();
  const keep = await connected(url);
  const window = { every: 'day', timeZone: 'UTC' } as const;
  for (const [at, code] of [
    ['playd_at', 'UNKNOWN_COLUMN'],
    [{ joined: 'played_at' }, 'UNKNOWN_COLUMN'],
    ['score', 'WRONG_COLUMN_TYPE'],
  ] as const) {
    await expect(keep.top(board('wrong', { of: runs, add: 'sum', at, window }))).rejects.toMatchObject({ code });
  }
});

test('boards of older releases, which keep a place of their own without ties, too, rank and move on', async () => {
  const { url } = await testDatabase();
  await createArcade(url, { players: 60, runs: 4, rounds: 12 });
  const { runs, boards: all } = arcade();
  const plain = all.filter(({ ties }) => ties.length === 0);
  const boards = [...plain, board('points', { of: runs, add: 'sum' }), board('record', { of: runs, add: 'best' })];
  const before = await connected(url);
  for (const one of boards) await before.top(one);
  await onDatabase(url, async (client) => {
    for (const { name } of boards) {
      const table = `scorekeep.standing_${name}`;
      const { rows } = await client.query(
        `select pg_get_expr(adbin, adrelid) as sum from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum where a.attrelid = $1::regclass and a.attname = 'total'`,
        [table],
      );
      await client.query(`update scorekeep.board set definition = definition - 'place' where name = '${name}'`);
      await client.query(
        `alter table ${table} add column place bigint generated always as (${rows[0]?.sum ?? 'total'}) stored`,
      );
    }
  });
  const keep = await connected(url);
  await keep.run(runs, { inline: true });
  await expectExact(keep, url, boards);
  await correct(keep, 'sql', 3, 7);
  await expectExact(keep, url, boards);
  const { changed } = await keep.preview(boards.at(-2) as Board, {
    change: (tx) => tx.query(correctRound, [3, 5]),
    where: { round: 3 },
  });
  expect(changed).toBeGreaterThan(0);
});

test('the bounds of a board follow its buckets, whoever cuts them: a process of an older release knew only these', async () => {
  const { url } = await testDatabase();
  await createArcade(url, { players: 3, runs: 1, rounds: 1 });
  const { boards } = arcade();
  const keep = await connected(url);
  for (const one of boards.slice(0, 2)) await keep.top(one);
  const bounds = await onDatabase(url, async (client) => {
    const read = async () =>
      (await client.query('select bounds from scorekeep.board order by id')).rows.map((row) => row.bounds);
    await client.query('insert into scorekeep.bucket (board, lower, number) values (1, 70, 2), (2, 5, 1), (1, -3, 1)');
    const cut = await read();
    await client.query('delete from scorekeep.bucket where board = 1');
    return { cut, after: await read() };
  });
  expect(bounds).toEqual({ cut: [['-3', '70'], ['5']], after: [[], ['5']] });
});
