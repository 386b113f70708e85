import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type Game, openGame } from '../testing/open-game.ts';

const PLAYERS = 30_000;
let game: Game;
let planner: pg.Client;

/** Players of whom each ten have one score, some of them at the same time, on the board of all time and in a tournament. */
const FILL = `
  with player as (
    select 'player ' || lpad(i::text, 5, '0') as id, i / 10 as score,
      timestamptz '2026-06-01' + i % 7 * interval '1 hour' as at from generate_series(1, ${PLAYERS}) i
  ), all_time as (
    insert into leaderboard_global (user_id, high_score, high_score_at, total_games, total_playtime_seconds, last_played_at)
    select id, score, at, 1, 60, at from player
  ), week as (
    insert into tournaments (tournament_id, name, starts_at, ends_at, closes_at)
    values ('weekly_then', 'Then', '2026-06-01', '2026-06-08', '2026-06-08 00:05') returning tournament_id
  )
  insert into tournament_leaderboard (tournament_id, user_id, best_score, best_score_at, total_attempts, last_attempt_at)
  select tournament_id, id, score, at, 1, at from player, week`;

/** Ninety days of a thousand players each, and of all types of events. */
const FILL_DAYS = `
  with active as (
    insert into daily_active (date, user_id, platform)
    select date '2026-01-01' + day, 'player ' || i, 'ios' from generate_series(0, 89) day, generate_series(1, 1000) i
  )
  insert into daily_events (date, event_type, shard, events)
  select date '2026-01-01' + day, 'type ' || type, shard, 1
  from generate_series(0, 89) day, generate_series(1, 28) type, generate_series(0, 7) shard`;

beforeAll(async () => {
  game = await openGame();
  await game.sql(FILL);
  await game.sql(FILL_DAYS);
  await game.sql(
    `insert into daily_players select date, generate_series(0, 63), 0, 0, 0 from daily_players on conflict do nothing`,
  );
  planner = new pg.Client(game.url);
  await planner.connect();
  // As where nothing turns a disk: with the default, a third of the rows is as dear in an index as all of them without.
  await planner.query('set random_page_cost = 1.1');
  await planner.query('vacuum (analyze) leaderboard_global, tournament_leaderboard');
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});
afterAll(async () => {
  await planner.end();
  await game.close();
});

/** The statements that this process sends from now on and in which this stands. */
function watch(part: string): () => { text: string; values: unknown[] }[] {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  return () =>
    query.mock.calls.flatMap((sent: readonly unknown[]) => {
      const [text, values] = sent;
      return typeof text === 'string' && text.includes(part) ? [{ text, values: (values ?? []) as unknown[] }] : [];
    });
}

/** A step of a plan, as EXPLAIN tells it. */
interface Step {
  readonly 'Node Type': string;
  readonly 'Actual Loops': number;
  readonly 'Actual Rows': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Step[];
}
const steps = (step: Step): Step[] => [step, ...(step.Plans ?? []).flatMap(steps)];

async function explain({ text, values }: { text: string; values: unknown[] }): Promise<Step[]> {
  const { rows } = await planner.query<Record<string, unknown>>(`explain (analyze, format json) ${text}`, values);
  const plans = rows.flatMap((row) => row['QUERY PLAN'] as { Plan: Step }[]);
  return plans.flatMap(({ Plan: plan }) => steps(plan));
}

test('statistics that are asked for again and again within a second are one query, and later another', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const counts = watch('unique_users, c.types');
  await Promise.all(Array.from({ length: 10 }, () => game.get('/api/events/stats?timeframe=1h')));
  for (let i = 0; i < 10; i++) expect((await game.get('/api/events/stats?timeframe=1h')).statusCode).toBe(200);
  expect(counts()).toHaveLength(1);
  await game.get('/api/events/stats?timeframe=24h');
  expect(counts(), 'another span').toHaveLength(2);
  vi.advanceTimersByTime(1_000);
  await game.get('/api/events/stats?timeframe=1h');
  expect(counts(), 'a second later').toHaveLength(3);
});

test('days that are asked for again and again are one query, and no day beyond them is read', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const asked = watch('game_days');
  const answers = await Promise.all(Array.from({ length: 60 }, () => game.get('/api/analytics/daily?days=2')));
  for (const { json } of answers) {
    expect(json['days']).toMatchObject([
      { date: '2026-03-31', dau: 1_000, ios_users: 1_000, android_users: 0, events: 224 },
      { date: '2026-03-30', dau: 1_000 },
    ]);
  }
  expect(asked()).toHaveLength(1);
  vi.advanceTimersByTime(1_000);
  await game.get('/api/analytics/daily?days=2');
  expect(asked(), 'a second later').toHaveLength(2);
  const [statement] = asked();
  if (statement === undefined) throw new Error('Nothing was asked.');
  const plan = await explain(statement);
  const read = (table: string) =>
    plan
      .filter((step) => step['Relation Name'] === table)
      .reduce(
        (sum, step) => sum + step['Actual Rows'] * step['Actual Loops'] + (step['Rows Removed by Filter'] ?? 0),
        0,
      );
  expect(read('daily_active')).toBe(0);
  expect(read('daily_events')).toBe(2 * 28 * 8);
  // The lines of each day, to know which are the last and to add them up, and the one that says that a day is over.
  expect(read('daily_players')).toBeLessThanOrEqual(2 * 64 + 2 * 64 + 1);
});

test('players are counted once a second, however many look at a board', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const counts = watch('count(*) as players');
  for (const path of ['global', 'global?user_id=player%2000007', 'user/player%2000007', 'user/player%2000008']) {
    expect((await game.get(`/api/v2/leaderboard/${path}`)).json).toMatchObject({ total_players: PLAYERS });
  }
  expect(counts()).toHaveLength(1);
  vi.advanceTimersByTime(1_000);
  await game.get('/api/v2/leaderboard/global');
  expect(counts()).toHaveLength(2);
});

test.each([
  ['of all time', '/api/v2/leaderboard/around-me', 'leaderboard_global'],
  ['of a tournament', '/api/v2/tournaments/weekly_then/around-me', 'tournament_leaderboard'],
])('on the board %s those around a player are found, and ranked by one count, in an index', async (_, path, table) => {
  const asked = watch('with own as');
  const { json } = await game.get(`${path}?user_id=player%2015004`);
  expect(json['leaderboard']).toHaveLength(7);
  const [statement] = asked();
  if (statement === undefined) throw new Error('Nothing was asked.');
  const plan = await explain(statement);
  const touching = plan.filter((step) => step['Relation Name'] === table);
  expect(touching.filter((step) => step['Node Type'] === 'Seq Scan')).toEqual([]);
  const counting = plan.filter((step) => step['Node Type'] === 'Aggregate');
  expect(counting.map((step) => step['Actual Loops'])).toEqual([1, 1]);
});

test.each([1, 2, 3, 50])('ranks of those around, %i above and below, are those of the whole board', async (each) => {
  const truth = await game.sql(
    `select user_id, rank::int from (select user_id, rank() over (order by high_score desc) from leaderboard_global) ranked`,
  );
  const rankOf = new Map(truth.map((row) => [row['user_id'], row['rank']]));
  for (const place of ['00001', '00009', '00010', '15004', '15009', '29989', '29999', '30000']) {
    const { json } = await game.get(`/api/v2/leaderboard/around-me?user_id=player%20${place}&limit=${each}`);
    const lines = json['leaderboard'] as { user_id: string; rank: number }[];
    expect(lines.length).toBeGreaterThan(each);
    expect(lines.map(({ rank }) => rank)).toEqual(lines.map(({ user_id }) => rankOf.get(user_id)));
  }
});
