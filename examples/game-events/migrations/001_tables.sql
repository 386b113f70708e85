-- What the game makes of its events. The events themselves are in Scorekeep's log; nothing here has a payload.

-- What became of each event: one line, by its place in the log.
create table if not exists events (
  shard smallint not null,
  position bigint not null,
  id text not null,
  event_type text not null,
  user_id text not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  processed_at timestamptz,
  processing_attempts smallint not null default 1,
  -- A SQLSTATE or another code; never a message, which may quote what was sent.
  processing_error text,
  primary key (shard, position)
);

create table if not exists player_stats (
  user_id text primary key,
  nickname text,
  total_games_played bigint not null default 0,
  total_score bigint not null default 0,
  high_score integer not null default 0,
  total_playtime_seconds bigint not null default 0,
  coins_earned bigint not null default 0,
  coins_spent bigint not null default 0,
  gems_earned bigint not null default 0,
  gems_spent bigint not null default 0,
  levels_completed bigint not null default 0,
  achievements_unlocked bigint not null default 0,
  missions_completed bigint not null default 0,
  total_sessions bigint not null default 0,
  ads_watched bigint not null default 0,
  purchases_made bigint not null default 0,
  first_seen_at timestamptz not null,
  last_active_at timestamptz not null,
  -- When the last event of theirs was written: who has been active since a moment is then counted without reading events.
  last_received_at timestamptz not null
);
create index if not exists player_stats_received on player_stats (last_received_at);

-- The same by type.
create table if not exists player_events (
  user_id text not null,
  event_type text not null,
  events bigint not null,
  last_received_at timestamptz not null,
  primary key (user_id, event_type)
);
create index if not exists player_events_received on player_events (event_type, last_received_at);

-- How many events came in five minutes, and the seconds until they were processed, summed up. By shard as below.
create table if not exists event_counts (
  bucket timestamptz not null,
  event_type text not null,
  shard smallint not null,
  events bigint not null,
  seconds double precision not null,
  primary key (bucket, event_type, shard)
);

create table if not exists leaderboard_global (
  user_id text primary key,
  high_score integer not null,
  high_score_at timestamptz not null,
  total_games bigint not null,
  total_playtime_seconds bigint not null,
  last_played_at timestamptz not null
);
-- The order of the board, so that its head and a page are read and not sorted.
create index if not exists leaderboard_global_order on leaderboard_global (high_score desc, high_score_at, user_id);

-- A week of games, by the time at which they were played.
create table if not exists tournaments (
  tournament_id text primary key,
  name text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  -- Until then a game that was played in time and came late counts.
  closes_at timestamptz not null,
  closed_at timestamptz
);

create table if not exists tournament_leaderboard (
  tournament_id text not null references tournaments,
  user_id text not null,
  best_score integer not null,
  best_score_at timestamptz not null,
  total_attempts bigint not null,
  last_attempt_at timestamptz not null,
  primary key (tournament_id, user_id)
);

create table if not exists prizes (
  prize_id text primary key,
  user_id text not null,
  tournament_id text not null references tournaments,
  tournament_name text not null,
  rank integer not null,
  coins bigint not null,
  gems bigint not null,
  awarded_at timestamptz not null default clock_timestamp(),
  claimed_at timestamptz,
  unique (tournament_id, user_id)
);

create table if not exists wallet (
  user_id text primary key,
  coins bigint not null default 0,
  gems bigint not null default 0
);

-- Counted as they happen, by shard: two workers never wait for each other's line. A day is a day of the event, in UTC.
create table if not exists daily_events (
  date date not null,
  event_type text not null,
  shard smallint not null,
  events bigint not null,
  endless bigint not null default 0,
  coins bigint not null default 0,
  gems bigint not null default 0,
  seconds bigint not null default 0,
  primary key (date, event_type, shard)
);

create table if not exists daily_active (
  date date not null,
  user_id text not null,
  platform text,
  primary key (date, user_id)
);

create or replace view analytics_daily as
  select d.date,
    a.dau,
    coalesce(sum(d.events) filter (where d.event_type = 'app_installed'), 0)::bigint as new_users,
    coalesce(sum(d.events) filter (where d.event_type = 'game_started'), 0)::bigint as games_started,
    coalesce(sum(d.events) filter (where d.event_type = 'game_ended'), 0)::bigint as games_completed,
    coalesce(sum(d.endless) filter (where d.event_type = 'game_ended'), 0)::bigint as endless_games_played,
    coalesce(sum(d.events - d.endless) filter (where d.event_type = 'game_ended'), 0)::bigint as story_games_played,
    coalesce(sum(d.seconds) filter (where d.event_type = 'game_ended'), 0)::bigint as total_playtime_seconds,
    coalesce(sum(d.coins) filter (where d.event_type = 'currency_earned'), 0)::bigint as total_coins_earned,
    coalesce(sum(d.coins) filter (where d.event_type = 'currency_spent'), 0)::bigint as total_coins_spent,
    coalesce(sum(d.gems) filter (where d.event_type = 'currency_earned'), 0)::bigint as total_gems_earned,
    coalesce(sum(d.gems) filter (where d.event_type = 'currency_spent'), 0)::bigint as total_gems_spent,
    coalesce(sum(d.events) filter (where d.event_type = 'level_completed'), 0)::bigint as levels_completed,
    coalesce(sum(d.events) filter (where d.event_type = 'continue_used'), 0)::bigint as continues_used,
    coalesce(sum(d.events) filter (where d.event_type = 'achievement_unlocked'), 0)::bigint as achievements_unlocked,
    coalesce(sum(d.events) filter (where d.event_type = 'mission_completed'), 0)::bigint as missions_completed,
    a.ios_users, a.android_users,
    sum(d.events)::bigint as events
  from (
    select date, event_type, sum(events) as events, sum(endless) as endless, sum(coins) as coins, sum(gems) as gems,
      sum(seconds) as seconds
    from daily_events group by date, event_type
  ) d join (
    select date, count(*) as dau, count(*) filter (where platform = 'ios') as ios_users,
      count(*) filter (where platform = 'android') as android_users
    from daily_active group by date
  ) a using (date) group by d.date, a.dau, a.ios_users, a.android_users;

-- How far events of each kind have been processed: one line for each consumer and shard, locked by who works the shard.
create table if not exists processed (
  consumer text not null,
  shard smallint not null,
  position bigint not null,
  events bigint not null,
  primary key (consumer, shard)
) with (fillfactor = 50);

-- Processes that process events, as they last said.
create table if not exists event_worker (
  id uuid primary key,
  seen_at timestamptz not null,
  -- Of the last minute, how much was spent with events; and how many it got through in a second of that.
  busy_percent real not null,
  per_second real not null
);
