import type { Judgement } from '@scorekeep/example-contract';
import type { Sql } from '@scorekeep/queue';

/** What became of every event that is in the log, by SQL that shares nothing with the statements that process them. */
export async function judge(database: Sql): Promise<Judgement> {
  const { rows } = await database.query(TRUTH);
  const number = (column: string): number => Number(rows[0]?.[column] ?? 0);
  return {
    acknowledged: number('acknowledged'),
    pending: number('pending'),
    lost: number('lost'),
    double: number('double'),
    wrong: number('wrong'),
  };
}

const TRUTH = `
  with log as (
    select e.shard, e.position, t.name as type, e.subject as player, e.body as data,
      (e.occurred_at at time zone 'UTC')::date as day, date_trunc('week', e.occurred_at at time zone 'UTC')::date as week
    from scorekeep.events_game e join scorekeep.event_type t on t.log = e.log and t.id = e.type
  ), done as (
    select log.* from log join events using (shard, position) where events.processed_at is not null
  ), truth as (
    select player, count(*) as events, count(*) filter (where type = 'game_ended') as games,
      max((data ->> 'score')::int) filter (where type = 'game_ended' and data ->> 'game_mode' = 'endless') as best,
      count(*) filter (where type = 'app_launched') as sessions,
      coalesce(sum((data ->> 'amount')::int) filter (where type = 'currency_earned' and data ->> 'currency_type' = 'coins'), 0) as coins
    from done group by player
  ), players as (
    select t.*, p.total_games_played, p.total_sessions, p.coins_earned, b.high_score, b.total_games
    from truth t left join player_stats p on p.user_id = t.player left join leaderboard_global b on b.user_id = t.player
  ), week as (
    select player, week, max((data ->> 'score')::int) as best, count(*) as games from done
    where type = 'game_ended' and data ->> 'game_mode' = 'endless' group by player, week
  )
  select (select count(*) from log) as acknowledged,
    (select count(*) from log left join events e using (shard, position) where e.processed_at is null) as pending,
    (select count(*) from players where total_games_played < games or total_sessions < sessions or coins_earned < coins or total_games_played is null)
      + (select count(*) from week left join tournament_leaderboard b on b.user_id = player and b.tournament_id = 'weekly_' || week
         where b.total_attempts is null or b.total_attempts < games) as lost,
    (select count(*) from players where total_games_played > games or total_sessions > sessions or coins_earned > coins or total_games > games)
      + (select count(*) from week join tournament_leaderboard b on b.user_id = player and b.tournament_id = 'weekly_' || week where b.total_attempts > games)
      + (select abs((select count(*) from done) - coalesce(sum(events), 0)) from event_counts)
      + (select abs((select count(*) from done) - coalesce(sum(events), 0)) from player_events)
      + (select count(*) from (select day, type, count(*) as events from done group by day, type) d
         left join (select date, event_type, sum(events) as events from daily_events group by 1, 2) c on c.date = d.day and c.event_type = d.type
         where c.events is distinct from d.events) as double,
    (select count(*) from players where high_score is distinct from best)
      + (select count(*) from week join tournament_leaderboard b on b.user_id = player and b.tournament_id = 'weekly_' || week where b.best_score <> best)
      + (select count(*) from (select day, count(distinct player) as players from done group by day) d
         left join (select date, sum(players) as players from daily_players group by date) c on c.date = d.day
         where c.players is distinct from d.players) as wrong`;
