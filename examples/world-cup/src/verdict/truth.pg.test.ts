import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { copyRows } from '../host/copy-rows.ts';
import { DRAW_CONTEST_ID, load } from '../host/load.ts';
import { recordDraw, recordResult } from '../host/record.ts';
import { readTournament } from '../host/tournament.ts';
import { uuidOf } from '../host/uuid.ts';

// The verdict's SQL shares no code with the rules, so it is held to the same published goldens on its own.

const tournament = readTournament();
const { teams, fixtures } = tournament;
let client: pg.Client;

beforeAll(async () => {
  const { url } = await testDatabase();
  client = new pg.Client(url);
  await client.connect();
  await load(client, { tournament, seed: 1, drawEntries: 0, forecasts: 0 });
  await recordDraw(client, teams);
});
afterAll(() => client.end());

const truth = async (file: string): Promise<Map<string, unknown[]>> => {
  const { rows } = await client.query(readFileSync(new URL(file, import.meta.url), 'utf8'));
  return new Map(rows.map((row) => [row.subject, [row.milli, row.tie, row.reason]]));
};

/** The real draw as an entry, group after group. */
const drawn = teams.toSorted((a, b) => a.group - b.group).map((team) => team.number);
/** The entry with the teams of some places moved around in a circle. */
const moved = (...places: number[]): number[] => {
  const entry = [...drawn];
  for (const [i, place] of places.entries()) entry[places[(i + 1) % places.length] ?? 0] = drawn[place] ?? 0;
  return entry;
};
const [A, B, C, D] = [0, 4, 8, 12];

const ENTRIES: readonly (readonly [
  string,
  readonly number[] | null,
  readonly [number | null, number | null, string | null],
])[] = [
  // The guide's list on the real draw, from its own unit tests and the figures computed for it.
  ['all correct', drawn, [100_000, 48, null]],
  [
    'all correct, each group in another order',
    drawn.map((_, i) => drawn[i - (i % 4) + ((i + 1) % 4)] ?? 0),
    [100_000, 48, null],
  ],
  ['one swap: two misplaced', moved(A, B), [80_000, 46, null]],
  ['a circle of three: three misplaced', moved(A, B, C), [60_000, 45, null]],
  [
    'two swaps: four misplaced, the group of Iran complete',
    drawn.map((team, i) => (moved(A, B)[i] === team ? (moved(C, D)[i] ?? 0) : (moved(A, B)[i] ?? 0))),
    [50_000, 44, null],
  ],
  ['four misplaced, one of them from the group of Iran', moved(A, B, C, 24), [40_000, 44, null]],
  ['every group moved on by one: all misplaced', drawn.map((_, i) => drawn[(i + 4) % 48] ?? 0), [0, 0, null]],
  [
    'one of each group moved on: three right in each',
    drawn.map((team, i) => (i % 4 === 0 ? (drawn[(i + 4) % 48] ?? 0) : team)),
    [20_000, 36, null],
  ],
  ['nothing sent', null, [null, null, 'missing:teams']],
  ['47 teams', drawn.slice(1), [null, null, 'length:teams']],
  ['49 teams', [...drawn, 1], [null, null, 'length:teams']],
  ['no team at all', [], [null, null, 'length:teams']],
  ['a team twice', drawn.with(0, drawn[1] ?? 0), [null, null, 'duplicate:teams']],
  ['team 49', drawn.with(0, 49), [null, null, 'above:teams']],
  ['team 0', drawn.with(0, 0), [null, null, 'below:teams']],
];

test('judges the goldens of the guide on the real draw', async () => {
  const ids = new Map(ENTRIES.map(([what]) => [what, uuidOf(what)]));
  await copyRows(
    client,
    'entrant',
    ['entrant_id', 'display_name'],
    [...ids].map(([what, id]) => [id, what]),
  );
  await copyRows(
    client,
    'draw_entry',
    ['contest_id', 'entrant_id', 'picks', 'locked_at'],
    ENTRIES.map(([what, picks]) => [DRAW_CONTEST_ID, ids.get(what) ?? '', picks, new Date(0)]),
  );
  const judged = await truth('./draw-truth.sql');
  expect(ENTRIES.map(([what]) => [what, judged.get(ids.get(what) ?? '')])).toEqual(
    ENTRIES.map(([what, , expected]) => [what, [...expected]]),
  );
});

const FORECASTS: readonly (readonly [
  string,
  readonly [string | null, string | null],
  string,
  number,
  readonly [number | null, number | null, string | null],
])[] = [
  // Kicktipp's default table: win 2 tendency, 3 goal difference, 4 exact; draw 2 and 4. Result, minutes to kick-off.
  ['exact win', ['2', '0'], '2-0', 60, [4000, 1, null]],
  ['goal difference', ['3', '1'], '2-0', 60, [3000, 0, null]],
  ['tendency', ['1', '0'], '2-0', 60, [2000, 0, null]],
  ['wrong side', ['0', '2'], '2-0', 60, [0, 0, null]],
  ['a draw that was a win', ['1', '1'], '2-0', 60, [0, 0, null]],
  ['exact draw', ['1', '1'], '1-1', 60, [4000, 1, null]],
  ['another draw pays the tendency, never the difference', ['0', '0'], '1-1', 60, [2000, 0, null]],
  ['a win that was a draw', ['2', '1'], '1-1', 60, [0, 0, null]],
  ['sent at kick-off', ['2', '0'], '2-0', 0, [4000, 1, null]],
  ['sent a minute late', ['2', '0'], '2-0', -1, [null, null, 'late']],
  ['unfilled on both sides', [null, null], '2-0', 60, [null, null, 'missing:away']],
  ['late and unfilled', [null, '0'], '2-0', -1, [null, null, 'missing:home']],
  ['99 goals are allowed', ['99', '0'], '2-0', 60, [2000, 0, null]],
  ['100 are not', ['100', '0'], '2-0', 60, [null, null, 'above:home']],
  ['not a number', ['2', 'NaN'], '2-0', 60, [null, null, 'above:away']],
  ['negative', ['2', '-1'], '2-0', 60, [null, null, 'below:away']],
  ['fractional', ['2', '0.5'], '2-0', 60, [null, null, 'fraction:away']],
];

test("judges Kicktipp's table, the deadline and the bounds on real results", async () => {
  const ended = new Map(
    ['2-0', '1-1'].map((score) => [score, fixtures.find(({ result }) => `${result.home}-${result.away}` === score)]),
  );
  for (const fixture of ended.values()) if (fixture !== undefined) await recordResult(client, fixture);
  const ids = new Map(FORECASTS.map(([what]) => [what, uuidOf(what)]));
  await copyRows(
    client,
    'entrant',
    ['entrant_id', 'display_name'],
    [...ids].map(([what, id]) => [id, what]),
  );
  await copyRows(
    client,
    'forecast',
    ['entrant_ref', 'fixture_ref', 'home_goals', 'away_goals', 'submitted_at', 'locked_at'],
    FORECASTS.map(([what, [home, away], score, minutes]) => {
      const fixture = ended.get(score);
      const submitted = new Date((fixture?.kickoffAt.getTime() ?? 0) - minutes * 60_000);
      return [ids.get(what) ?? '', fixture?.id ?? '', home, away, submitted, submitted];
    }),
  );
  const judged = await truth('./kicktipp-truth.sql');
  expect(FORECASTS.map(([what]) => [what, judged.get(ids.get(what) ?? '')])).toEqual(
    FORECASTS.map(([what, , , , expected]) => [what, [...expected]]),
  );
});

test('says nothing about a match without a result', async () => {
  const open = fixtures.at(-1);
  const id = uuidOf('early');
  await copyRows(client, 'entrant', ['entrant_id', 'display_name'], [[id, 'early']]);
  await copyRows(
    client,
    'forecast',
    ['entrant_ref', 'fixture_ref', 'home_goals', 'away_goals', 'submitted_at', 'locked_at'],
    [[id, open?.id ?? '', '0', '0', new Date(0), new Date(0)]],
  );
  expect((await truth('./kicktipp-truth.sql')).has(id)).toBe(false);
});
