import type { Sql } from '@scorekeep/queue';
import { nameOfWeek, type Week } from '../play/week.ts';
import type { Effect } from './effect.ts';

/**
 * Adds what events add: to the line of each, their players, boards, tournaments and days. All by sets, in the caller's
 * transaction; rows are taken in the order of their keys, so that two workers never wait for each other in a circle.
 *
 * @param attempt which attempt this is, from 1
 */
export async function applyEffects(tx: Sql, effects: readonly Effect[], attempt: number): Promise<void> {
  const rows = JSON.stringify(effects);
  await tx.query(PROCESSED, [rows, attempt]);
  await tx.query(PLAYERS, [rows]);
  await tx.query(TYPES, [rows]);
  await tx.query(COUNTS, [rows]);
  await tx.query(DAYS, [rows]);
  await tx.query(ACTIVE, [rows]);
  const ended = effects.filter(({ type, endless }) => type === 'game_ended' && endless);
  if (ended.length === 0) return;
  const games = JSON.stringify(ended);
  await tx.query(GLOBAL, [games]);
  const inTime = ended.flatMap((effect) => {
    const week = nameOfWeek(effect.week ?? effect.at);
    return effect.received < week.closes ? [{ ...effect, week, tournament: week.id }] : [];
  });
  const open = await openTournaments(tx, new Map(inTime.map(({ week }) => [week.id, week])));
  const counted = inTime.filter(({ tournament }) => open.has(tournament));
  if (counted.length > 0) await tx.query(TOURNAMENT, [JSON.stringify(counted)]);
}

/** Makes the tournaments of games known and holds those that are open, so that none closes before this commits. */
async function openTournaments(tx: Sql, weeks: ReadonlyMap<string, Week>): Promise<ReadonlySet<string>> {
  if (weeks.size === 0) return new Set();
  await tx.query(
    `insert into tournaments (tournament_id, name, starts_at, ends_at, closes_at)
     select id, name, to_timestamp(starts / 1e3), to_timestamp(ends / 1e3), to_timestamp(closes / 1e3)
     from json_to_recordset($1) as w(id text, name text, starts float8, ends float8, closes float8)
     order by id on conflict do nothing`,
    [JSON.stringify([...weeks.values()])],
  );
  const { rows } = await tx.query(
    'select tournament_id from tournaments where tournament_id = any($1) and closed_at is null order by 1 for share',
    [[...weeks.keys()]],
  );
  return new Set(rows.map((row) => String(row['tournament_id'])));
}

const EFFECTS = `json_to_recordset($1) as e(shard smallint, position bigint, id text, type text, "user" text, at float8, received float8,
  platform text, nickname text, score int, seconds int, endless boolean, coins bigint, gems bigint, tournament text)`;

const PROCESSED = `
  insert into events (shard, position, id, event_type, user_id, occurred_at, received_at, processed_at, processing_attempts)
  select shard, position, id, type, "user", to_timestamp(at / 1e3), to_timestamp(received / 1e3), clock_timestamp(), $2::smallint
  from ${EFFECTS} order by shard, position
  on conflict (shard, position) do update
    set processed_at = excluded.processed_at, processing_attempts = excluded.processing_attempts, processing_error = null`;

const PLAYERS = `
  insert into player_stats as p (user_id, nickname, total_games_played, total_score, high_score, total_playtime_seconds,
    coins_earned, coins_spent, gems_earned, gems_spent, levels_completed, achievements_unlocked, missions_completed,
    total_sessions, ads_watched, purchases_made, first_seen_at, last_active_at, last_received_at)
  select "user", (array_agg(nickname order by at desc) filter (where nickname is not null))[1],
    count(*) filter (where type = 'game_ended'), sum(score), coalesce(max(score) filter (where endless), 0), sum(seconds),
    coalesce(sum(coins) filter (where type = 'currency_earned'), 0), coalesce(sum(coins) filter (where type = 'currency_spent'), 0),
    coalesce(sum(gems) filter (where type = 'currency_earned'), 0), coalesce(sum(gems) filter (where type = 'currency_spent'), 0),
    count(*) filter (where type = 'level_completed'), count(*) filter (where type = 'achievement_unlocked'),
    count(*) filter (where type = 'mission_completed'), count(*) filter (where type = 'app_launched'),
    count(*) filter (where type = 'ad_watched'), count(*) filter (where type = 'purchase_completed'),
    to_timestamp(min(at) / 1e3), to_timestamp(max(at) / 1e3), to_timestamp(max(received) / 1e3)
  from ${EFFECTS} group by "user" order by "user"
  on conflict (user_id) do update set
    nickname = coalesce(excluded.nickname, p.nickname),
    total_games_played = p.total_games_played + excluded.total_games_played,
    total_score = p.total_score + excluded.total_score,
    high_score = greatest(p.high_score, excluded.high_score),
    total_playtime_seconds = p.total_playtime_seconds + excluded.total_playtime_seconds,
    coins_earned = p.coins_earned + excluded.coins_earned,
    coins_spent = p.coins_spent + excluded.coins_spent,
    gems_earned = p.gems_earned + excluded.gems_earned,
    gems_spent = p.gems_spent + excluded.gems_spent,
    levels_completed = p.levels_completed + excluded.levels_completed,
    achievements_unlocked = p.achievements_unlocked + excluded.achievements_unlocked,
    missions_completed = p.missions_completed + excluded.missions_completed,
    total_sessions = p.total_sessions + excluded.total_sessions,
    ads_watched = p.ads_watched + excluded.ads_watched,
    purchases_made = p.purchases_made + excluded.purchases_made,
    first_seen_at = least(p.first_seen_at, excluded.first_seen_at),
    last_active_at = greatest(p.last_active_at, excluded.last_active_at),
    last_received_at = greatest(p.last_received_at, excluded.last_received_at)`;

const TYPES = `
  insert into player_events as p (user_id, event_type, events, last_received_at)
  select "user", type, count(*), to_timestamp(max(received) / 1e3) from ${EFFECTS} group by 1, 2 order by 1, 2
  on conflict (user_id, event_type) do update set events = p.events + excluded.events,
    last_received_at = greatest(p.last_received_at, excluded.last_received_at)`;

const COUNTS = `
  insert into event_counts as c (bucket, event_type, shard, events, seconds)
  select date_bin('5 minutes', to_timestamp(received / 1e3), 'epoch'), type, shard, count(*),
    sum(extract(epoch from clock_timestamp()) - received / 1e3)
  from ${EFFECTS} group by 1, 2, 3 order by 1, 2, 3
  on conflict (bucket, event_type, shard) do update
    set events = c.events + excluded.events, seconds = c.seconds + excluded.seconds`;

const DAYS = `
  insert into daily_events as d (date, event_type, shard, events, endless, coins, gems, seconds)
  select (to_timestamp(at / 1e3) at time zone 'UTC')::date, type, shard, count(*),
    count(*) filter (where endless), sum(coins), sum(gems), sum(seconds)
  from ${EFFECTS} group by 1, 2, 3 order by 1, 2, 3
  on conflict (date, event_type, shard) do update set events = d.events + excluded.events,
    endless = d.endless + excluded.endless, coins = d.coins + excluded.coins, gems = d.gems + excluded.gems,
    seconds = d.seconds + excluded.seconds`;

const ACTIVE = `
  insert into daily_active as a (date, user_id, platform)
  select (to_timestamp(at / 1e3) at time zone 'UTC')::date, "user", max(platform) from ${EFFECTS} group by 1, 2 order by 1, 2
  on conflict (date, user_id) do update set platform = excluded.platform
    where a.platform is null and excluded.platform is not null`;

/** The best game and when it was first reached; the number of games and the time they took. */
const best = (columns: string): string => `
  select ${columns} "user", max(score), (array_agg(to_timestamp(at / 1e3) order by score desc, at))[1], count(*)`;

const GLOBAL = `
  insert into leaderboard_global as l (user_id, high_score, high_score_at, total_games, total_playtime_seconds, last_played_at)
  ${best('')}, sum(seconds), to_timestamp(max(at) / 1e3) from ${EFFECTS} group by "user" order by "user"
  on conflict (user_id) do update set
    high_score_at = case when excluded.high_score > l.high_score then excluded.high_score_at
      when excluded.high_score = l.high_score then least(l.high_score_at, excluded.high_score_at) else l.high_score_at end,
    high_score = greatest(l.high_score, excluded.high_score),
    total_games = l.total_games + excluded.total_games,
    total_playtime_seconds = l.total_playtime_seconds + excluded.total_playtime_seconds,
    last_played_at = greatest(l.last_played_at, excluded.last_played_at)`;

const TOURNAMENT = `
  insert into tournament_leaderboard as l (tournament_id, user_id, best_score, best_score_at, total_attempts, last_attempt_at)
  ${best('tournament,')}, to_timestamp(max(at) / 1e3) from ${EFFECTS} group by tournament, "user" order by tournament, "user"
  on conflict (tournament_id, user_id) do update set
    best_score_at = case when excluded.best_score > l.best_score then excluded.best_score_at
      when excluded.best_score = l.best_score then least(l.best_score_at, excluded.best_score_at) else l.best_score_at end,
    best_score = greatest(l.best_score, excluded.best_score),
    total_attempts = l.total_attempts + excluded.total_attempts,
    last_attempt_at = greatest(l.last_attempt_at, excluded.last_attempt_at)`;
