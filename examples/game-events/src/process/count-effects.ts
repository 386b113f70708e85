import type { Sql } from '@scorekeep/queue';
import { EFFECTS } from './effect-rows.ts';

/**
 * Writes the line of each event, and adds to players, types and days.
 *
 * @param rows the effects as JSON
 * @param attempt which attempt this is, from 1
 */
export async function countEffects(tx: Sql, rows: string, attempt: number): Promise<void> {
  await tx.query(PROCESSED, [rows, attempt]);
  for (const statement of [PLAYERS, TYPES, COUNTS, DAYS, ACTIVE]) await tx.query(statement, [rows]);
}

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
