import { afterAll, beforeAll, expect, test } from 'vitest';
import { weekOf } from '../process/effect.ts';
import { ended as endedAt, launched, type SentEvent } from '../testing/events.ts';
import { ADMIN, type Game, openGame } from '../testing/open-game.ts';
import { nameOfWeek } from './week.ts';

let game: Game;
/** All games of this file, so that no midnight falls between them. */
const NOW = Date.now();
const tournament = nameOfWeek(weekOf(NOW).start).id;
const ended = (user: string, score: number, more: Readonly<Record<string, unknown>> = {}): SentEvent =>
  endedAt(user, score, { timestamp: new Date(NOW).toISOString(), ...more });

beforeAll(async () => {
  game = await openGame({ direct: true });
});
afterAll(() => game.close());

test('prizes of a tournament that is none are not found, and those of this week are there before anybody has played', async () => {
  expect((await game.get('/api/v2/tournaments/weekly_1/prizes')).json).toMatchObject({
    statusCode: 404,
    code: 'TOURNAMENT_NOT_FOUND',
  });
  const { json } = await game.get('/api/v2/tournaments/current');
  const { tournament_id: id } = json['tournament'] as { tournament_id: string };
  for (const path of ['prizes', 'around-me?user_id=nobody']) {
    expect((await game.get(`/api/v2/tournaments/${id}/${path}`)).statusCode).toBe(200);
  }
});

test('with direct processing an event is on the boards when its request is answered', async () => {
  await game.post('/api/events', [
    launched('ann', { nickname: 'Ann', timestamp: new Date(NOW).toISOString() }),
    ended('ann', 80),
    ended('ann', 90),
    ended('ann', 70),
    ended('bob', 90),
    ended('cid', 40),
    ended('dan', 99, { game_mode: 'story' }),
  ]);
  const { json } = await game.get('/api/v2/leaderboard/global?user_id=cid');
  expect(json).toMatchObject({
    leaderboard: [
      { rank: 1, user_id: 'ann', nickname: 'Ann', high_score: 90, total_games: 3 },
      { rank: 1, user_id: 'bob', nickname: 'Pilot', high_score: 90 },
      { rank: 3, user_id: 'cid' },
    ],
    user_rank: { rank: 3, high_score: 40 },
    total_players: 3,
  });
  expect((await game.get('/api/v2/leaderboard/user/bob')).json).toMatchObject({
    found: true,
    user: { rank: 1, percentile: 100 },
  });
  expect((await game.get('/api/events/stats')).json).toMatchObject({
    mode: 'direct',
    queue: { queue: { waiting: 0 } },
  });
});

test('a player is shown with those just above and below, equals by who came first', async () => {
  const linesOf = async (path: string): Promise<unknown> =>
    ((await game.get(path)).json['leaderboard'] as { rank: number; user_id: string }[]).map(
      ({ rank, user_id }) => `${rank} ${user_id}`,
    );
  const around = `/api/v2/leaderboard/around-me?user_id`;
  expect(await linesOf(`${around}=bob&limit=1`)).toEqual(['1 ann', '1 bob', '3 cid']);
  expect(await linesOf(`${around}=ann&limit=1`)).toEqual(['1 ann', '1 bob']);
  expect(await linesOf(`${around}=cid`)).toEqual(['1 ann', '1 bob', '3 cid']);
  expect(await linesOf(`${around}=nobody`)).toEqual([]);
  expect((await game.get('/api/v2/leaderboard/around-me')).statusCode).toBe(400);
  const week = await game.get(`/api/v2/tournaments/${tournament}/around-me?user_id=bob&limit=1`);
  expect(week.json).toMatchObject({
    leaderboard: [{ user_id: 'ann' }, { best_score: 90 }, { user_id: 'cid', rank: 3 }],
  });
  expect((await game.get('/api/v2/tournaments/weekly_1/around-me?user_id=bob')).statusCode).toBe(404);
});

test('a game counts in the week in which it was played, and not in one that is over', async () => {
  const lastWeek = new Date(NOW - 8 * 86_400_000).toISOString();
  await game.post('/api/events', [ended('eve', 95, { timestamp: lastWeek })]);
  const board = (await game.get(`/api/v2/tournaments/${tournament}/leaderboard?user_id=eve`)).json;
  expect(board).toMatchObject({ total_participants: 3, user_rank: null });
  expect(await game.sql('select tournament_id from tournaments')).toEqual([{ tournament_id: tournament }]);
  expect((await game.get('/api/v2/leaderboard/user/eve')).json).toMatchObject({ user: { rank: 1, high_score: 95 } });
});

test('a tournament that is over closes once, whoever closes it, and equals share what their places are worth', async () => {
  expect((await game.post('/api/v2/tournaments/close', {}, ADMIN)).json).toMatchObject({ tournaments: [] });
  await game.sql(
    `update tournaments set ends_at = now() - interval '1 hour', closes_at = now() - interval '55 minutes'`,
  );
  const closings = await Promise.all([1, 2, 3].map(() => game.post('/api/v2/tournaments/close', {}, ADMIN)));
  const closed = closings.flatMap(({ json }) => json['tournaments'] as { state: string; prizes: number }[]);
  expect(closed).toEqual([{ tournament, state: 'closed', prizes: 3 }]);
  // Places 1 and 2 are worth 5000 + 3000 coins and 250 + 150 gems together, place 3 is worth 2000 and 100.
  expect(await game.sql('select user_id, rank, coins::int, gems::int from prizes order by rank, user_id')).toEqual([
    { user_id: 'ann', rank: 1, coins: 4_000, gems: 200 },
    { user_id: 'bob', rank: 1, coins: 4_000, gems: 200 },
    { user_id: 'cid', rank: 3, coins: 2_000, gems: 100 },
  ]);
});

test('a prize is paid once, however often it is claimed at the same time', async () => {
  const pending = (await game.get('/api/v2/prizes/pending?user_id=ann')).json;
  const prize_id = `prize_${tournament}_ann`;
  expect(pending).toMatchObject({ has_prizes: true, prizes: [{ prize_id, coins: 4_000, claimed: false }] });
  const claims = await Promise.all(
    Array.from({ length: 8 }, () => game.post('/api/v2/prizes/claim', { prize_id, user_id: 'ann' })),
  );
  expect(claims.map(({ statusCode }) => statusCode)).toEqual(Array(8).fill(200));
  expect(claims.filter(({ json }) => json['claimed'] === true)).toHaveLength(1);
  expect((await game.get('/api/v2/prizes/stats?user_id=ann')).json).toMatchObject({
    stats: { claimed_coins: 4_000, wallet_coins: 4_000, wallet_gems: 200, pending_prizes: 0 },
  });
  expect((await game.post('/api/v2/prizes/claim', { prize_id, user_id: 'bob' })).statusCode).toBe(404);
  expect((await game.get('/api/v2/prizes/history?user_id=ann')).json).toMatchObject({ prizes: [{ claimed: true }] });
});

test('a game that comes after its tournament closed moves no ranking that was paid', async () => {
  await game.post('/api/events', [ended('fay', 100)]);
  expect(await game.sql(`select from tournament_leaderboard where user_id = 'fay'`)).toEqual([]);
  expect((await game.get('/api/v2/leaderboard/user/fay')).json).toMatchObject({ user: { rank: 1 } });
});

test('a tournament waits for games that were kept before it closed', async () => {
  await game.sql(`update tournaments set closed_at = null, closes_at = now() + interval '1 hour'`);
  await game.sql('delete from prizes');
  await game.keep.transaction(async (tx) => {
    // The line of another worker, held: what comes meanwhile is kept and waits.
    await tx.query(`select from scorekeep.log_consumer for update`);
    await game.pipeline.ingest([
      {
        id: 'late',
        type: 'game_ended',
        subject: 'gus',
        time: new Date(NOW).toISOString(),
        data: { game_mode: 'endless', score: 60, duration_seconds: 60 },
      },
    ]);
  });
  await game.sql(`update tournaments set closes_at = clock_timestamp()`);
  expect((await game.post('/api/v2/tournaments/close', {}, ADMIN)).json).toMatchObject({
    tournaments: [{ state: 'waits' }],
  });
  await game.pipeline.processAll();
  expect((await game.post('/api/v2/tournaments/close', {}, ADMIN)).json).toMatchObject({
    tournaments: [{ state: 'closed', prizes: 4 }],
  });
});

test('days are counted by when things happened', async () => {
  const { days } = (await game.get('/api/analytics/daily')).json as {
    days: { date: string; dau: number; games_completed: number }[];
  };
  expect(days.at(-1)).toMatchObject({ dau: 1, games_completed: 1, endless_games_played: 1 });
  expect(days[0]).toMatchObject({ games_completed: 8, story_games_played: 1 });
});

test('no tournament closed any more, and nobody got a prize, once an event was given up before its third attempt', async () => {
  await game.sql(`alter table player_stats add constraint no_ivy check (user_id <> 'ivy') not valid`);
  await game.post('/api/events', [ended('ivy', 50)]);
  // The release that finds its job does not know its version.
  await game.sql(`update scorekeep.events_game set schema_version = 9 where subject = 'ivy'`);
  await game.sql('update tournaments set closed_at = null, closes_at = clock_timestamp()');
  await game.sql('delete from prizes');
  const close = async () => (await game.post('/api/v2/tournaments/close', {}, ADMIN)).json;
  expect(await close()).toMatchObject({ tournaments: [{ state: 'waits' }] });
  await game.keep.start({ jobs: [game.pipeline.retry] });
  await game.keep.drain(game.pipeline.retry);
  expect(await game.keep.jobStatus(game.pipeline.retry)).toMatchObject({ dead: 1 });
  expect(await close()).toMatchObject({ tournaments: [{ state: 'closed', prizes: 4 }] });
});
