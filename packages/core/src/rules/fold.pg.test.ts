import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { type FoldSet, type FoldState, toFold, toFoldSql } from './fold.ts';

const play: FoldSet = {
  id: 'play',
  version: 1,
  fields: {
    score: { type: 'int', min: 0, max: 1_000_000 },
    combo: { type: 'int', min: 0, max: 99, optional: true },
    at: { type: 'int', min: 0, max: 4_000_000_000_000 },
    practice: { type: 'bool' },
  },
  where: ['not', '$practice'],
  reduce: {
    total: ['sum', '$score'],
    games: ['count'],
    best: ['best', '$score', ['else', '$combo', 0]],
    last: ['latest', '$at', '$score'],
  },
};

let client: pg.Client;
beforeAll(async () => {
  client = new pg.Client((await testDatabase()).url);
  await client.connect();
  // bigint arrays as numbers: every value here is exact
  await client.query('create table game (player int4, score numeric, combo int8, at int8, practice bool)');
});
afterAll(() => client.end());

const game = fc.record({
  player: fc.integer({ min: 1, max: 3 }),
  score: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 30 }) },
    fc.constantFrom(null, -1, 1_000_001, 2.5, Number.NaN),
  ),
  combo: fc.option(fc.integer({ min: 0, max: 100 })),
  at: fc.integer({ min: 1_790_000_000_000, max: 1_790_000_000_009 }),
  practice: fc.boolean(),
});

test('folds in JavaScript and in Postgres to the same state, in any order and any grouping', async () => {
  const fold = toFold(play);
  const columns = {
    score: { sql: 'game.score', type: 'numeric' },
    combo: { sql: 'game.combo', type: 'int' },
    at: { sql: 'game.at', type: 'int' },
    practice: { sql: 'game.practice', type: 'bool' },
  } as const;
  const { select, from, values } = toFoldSql(play, { from: 'game', carry: { player: 'game.player' }, columns });
  await fc.assert(
    fc.asyncProperty(fc.array(game, { maxLength: 40 }), fc.nat(), async (games, cut) => {
      await client.query('truncate game');
      await client.query(
        'insert into game select * from unnest($1::int4[], $2::numeric[], $3::int8[], $4::int8[], $5::bool[])',
        [
          games.map((one) => one.player),
          games.map((one) => one.score),
          games.map((one) => one.combo),
          games.map((one) => one.at),
          games.map((one) => one.practice),
        ],
      );
      const { rows } = await client.query(
        `select player, to_json(r) as state from (select player, ${select} from ${from} group by player) r order by player`,
        values,
      );
      const states = new Map<number, FoldState>(
        rows.map(({ player, state: { player: _, ...state } }) => [player, state]),
      );
      for (const player of [1, 2, 3]) {
        const own = games.filter((one) => one.player === player);
        const all = (some: typeof own): FoldState => some.reduce(fold.step, fold.initial);
        const at = own.length === 0 ? 0 : cut % own.length;
        expect(all(own)).toEqual(states.get(player) ?? fold.initial);
        expect(fold.merge(all(own.slice(at)), all(own.slice(0, at)))).toEqual(all(own));
        expect(all(own.toReversed())).toEqual(all(own));
      }
    }),
    { numRuns: 150 },
  );
});

const row = { at: 1, practice: false };

test('the best keeps the values of one row together: 100 with 5 is better than 90 with 50', () => {
  const fold = toFold(play);
  const rows = [
    { ...row, score: 100, combo: 5 },
    { ...row, score: 90, combo: 50 },
  ];
  expect(rows.reduce(fold.step, fold.initial)['best']).toEqual([100, 5]);
});

test('a row that is refused or left out changes nothing', () => {
  const fold = toFold(play);
  const state = fold.step(fold.initial, { ...row, score: 7 });
  expect(fold.step(state, { ...row, score: null })).toBe(state);
  expect(fold.step(state, { ...row, score: 8, practice: true })).toBe(state);
  expect(state).toEqual({ total: 7, games: 1, best: [7, 0], last: [1, 7] });
});

test.each([
  [{ total: ['sum', '$scor'] }, 'Did you mean "$score"?'],
  [{ total: ['sum'] }, 'reduce.total: "sum" takes 1 values, got 0'],
  [{ 'a"b': ['count'] }, 'Names are a letter'],
  [{ total: ['median', '$score'] }, 'Expected "sum", "count", "best", "latest", got "median"'],
  [{}, '1 to 8 reducers'],
])('refuses %j', (reduce, message) => {
  expect(() => toFold({ ...play, reduce: reduce as unknown as FoldSet['reduce'] })).toThrow(message);
});
