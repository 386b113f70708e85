-- The players of each day, counted as they first come: what a day had is then read and not counted.

-- Run by hand beside a start of the service, one of the two waits; whoever is second finds all that there was counted.
do $$
begin
  perform pg_advisory_xact_lock(hashtextextended('game-events', 0));
  if to_regclass('daily_players') is null then
    -- Nobody comes between what is counted here and what the triggers count.
    lock table daily_active in share row exclusive mode;
    -- By process of the database: two workers hardly ever wait for each other's line.
    create table daily_players (
      date date not null,
      slot smallint not null,
      players bigint not null,
      ios bigint not null,
      android bigint not null,
      primary key (date, slot)
    );
    insert into daily_players (date, slot, players, ios, android)
    select date, 0, count(*), count(*) filter (where platform = 'ios'), count(*) filter (where platform = 'android')
    from daily_active group by date;

    -- Triggers, because a release that knows nothing of the table may run beside this one. None for what is deleted: a day that
    -- is cleaned up keeps its count.
    create function count_daily_players() returns trigger language plpgsql as $count$
    begin
      if tg_op = 'INSERT' then
        insert into daily_players as d (date, slot, players, ios, android)
        select date, pg_backend_pid() % 64, count(*), count(*) filter (where platform = 'ios'),
          count(*) filter (where platform = 'android')
        from new_lines group by date order by date
        on conflict (date, slot) do update
          set players = d.players + excluded.players, ios = d.ios + excluded.ios, android = d.android + excluded.android;
      else
        -- A player whose platform becomes known.
        insert into daily_players as d (date, slot, players, ios, android)
        select date, pg_backend_pid() % 64, 0, coalesce(sum(n) filter (where platform = 'ios'), 0),
          coalesce(sum(n) filter (where platform = 'android'), 0)
        from (
          select date, platform, 1 as n from new_lines union all select date, platform, -1 from old_lines
        ) changes group by date order by date
        on conflict (date, slot) do update set ios = d.ios + excluded.ios, android = d.android + excluded.android;
      end if;
      return null;
    end
    $count$;
    create trigger daily_active_inserted after insert on daily_active
      referencing new table as new_lines for each statement execute function count_daily_players();
    create trigger daily_active_updated after update on daily_active
      referencing old table as old_lines new table as new_lines for each statement execute function count_daily_players();
  end if;
end
$$;

-- One grouping over both tables: a condition on the date reaches them, and no other day is read.
create or replace view game_days as
  select date,
    sum(players)::bigint as dau,
    coalesce(sum(events) filter (where event_type = 'app_installed'), 0)::bigint as new_users,
    coalesce(sum(events) filter (where event_type = 'game_started'), 0)::bigint as games_started,
    coalesce(sum(events) filter (where event_type = 'game_ended'), 0)::bigint as games_completed,
    coalesce(sum(endless) filter (where event_type = 'game_ended'), 0)::bigint as endless_games_played,
    coalesce(sum(events - endless) filter (where event_type = 'game_ended'), 0)::bigint as story_games_played,
    coalesce(sum(seconds) filter (where event_type = 'game_ended'), 0)::bigint as total_playtime_seconds,
    coalesce(sum(coins) filter (where event_type = 'currency_earned'), 0)::bigint as total_coins_earned,
    coalesce(sum(coins) filter (where event_type = 'currency_spent'), 0)::bigint as total_coins_spent,
    coalesce(sum(gems) filter (where event_type = 'currency_earned'), 0)::bigint as total_gems_earned,
    coalesce(sum(gems) filter (where event_type = 'currency_spent'), 0)::bigint as total_gems_spent,
    coalesce(sum(events) filter (where event_type = 'level_completed'), 0)::bigint as levels_completed,
    coalesce(sum(events) filter (where event_type = 'continue_used'), 0)::bigint as continues_used,
    coalesce(sum(events) filter (where event_type = 'achievement_unlocked'), 0)::bigint as achievements_unlocked,
    coalesce(sum(events) filter (where event_type = 'mission_completed'), 0)::bigint as missions_completed,
    sum(ios)::bigint as ios_users,
    sum(android)::bigint as android_users,
    sum(events)::bigint as events
  from (
    select date, event_type, events, endless, coins, gems, seconds, 0 as players, 0 as ios, 0 as android from daily_events
    union all
    select date, null, 0, 0, 0, 0, 0, players, ios, android from daily_players
  ) counts group by date;

-- What an older release reads.
create or replace view analytics_daily as select * from game_days;
