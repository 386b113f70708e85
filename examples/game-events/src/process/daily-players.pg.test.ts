import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { launched } from '../testing/events.ts';
import { type Game, openGame } from '../testing/open-game.ts';
import { judge } from '../verdict.ts';
import { removeActive } from './clean-up.ts';
import { migrateGame } from './migrate-game.ts';

let game: Game;
beforeAll(async () => {
  game = await openGame();
});
beforeEach(() => game.sql('truncate daily_active, daily_players'));
afterAll(() => game.close());

/** What an older release writes, which knows nothing of the counts. */
const older = (date: string, user: string, platform: string | null = null) =>
  game.sql(
    `insert into daily_active as a (date, user_id, platform) values ($1, $2, $3)
     on conflict (date, user_id) do update set platform = excluded.platform
       where a.platform is null and excluded.platform is not null`,
    [date, user, platform],
  );

const counts = () =>
  game.sql(
    `select to_char(date, 'YYYY-MM-DD') as date, sum(players)::int as players, sum(ios)::int as ios, sum(android)::int as android
     from daily_players group by daily_players.date order by daily_players.date`,
  );

test('a player counts once a day, with the platform when it is known, in batches that come at once', async () => {
  const timestamp = new Date().toISOString();
  const users = Array.from({ length: 200 }, (_, i) => `player ${i}`);
  await game.post('/api/events', [
    ...users.map((user) => launched(user, { timestamp })),
    ...users.map((user, i) => launched(user, { timestamp, platform: i % 4 === 0 ? 'ios' : 'android' })),
  ]);
  await Promise.all([1, 2, 3].map(() => game.pipeline.processAll()));
  await game.post(
    '/api/events',
    users.map((user) => launched(user, { timestamp, platform: 'ios' })),
  );
  await game.pipeline.processAll();
  expect(await counts()).toEqual([{ date: timestamp.slice(0, 10), players: 200, ios: 50, android: 150 }]);
  expect(await game.keep.transaction(judge)).toMatchObject({ pending: 0, wrong: 0 });
});

test('players that an older release writes beside this one count as well', async () => {
  await older('2026-06-01', 'ann');
  await older('2026-06-01', 'bob', 'android');
  await older('2026-06-02', 'ann', 'ios');
  await older('2026-06-01', 'ann', 'ios');
  await older('2026-06-01', 'ann', 'android');
  expect(await counts()).toEqual([
    { date: '2026-06-01', players: 2, ios: 1, android: 1 },
    { date: '2026-06-02', players: 1, ios: 1, android: 0 },
  ]);
});

test('players that were there before they were counted count, and the file may be run again', async () => {
  await game.sql('drop view analytics_daily, game_days');
  await game.sql('drop table daily_players');
  await game.sql('drop function count_daily_players cascade');
  await older('2026-06-01', 'ann', 'ios');
  await older('2026-06-01', 'bob');
  for (let run = 0; run < 2; run++) {
    await game.sql(`delete from game_migration`);
    await migrateGame(game.keep);
    expect(await counts()).toEqual([{ date: '2026-06-01', players: 2, ios: 1, android: 0 }]);
  }
  await older('2026-06-01', 'bob', 'android');
  expect(await counts()).toEqual([{ date: '2026-06-01', players: 2, ios: 1, android: 1 }]);
});

test('who was active goes after more than a year, and how many they were stays', async () => {
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  await older(daysAgo(402), 'ann');
  await older(daysAgo(366), 'ann');
  expect(await removeActive(game.keep)).toBe(1);
  expect(await game.sql('select from daily_active')).toHaveLength(1);
  expect(await counts()).toMatchObject([{ players: 1 }, { players: 1 }]);
});
