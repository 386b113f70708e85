import type { Sql } from '@scorekeep/queue';

/** Days of the game in UTC, latest first, by the time at which things happened. Reads no day beyond those that are asked for. */
export async function readDays(sql: Sql, days: number): Promise<readonly unknown[]> {
  const { rows } = await sql.query(
    `select to_char(date, 'YYYY-MM-DD') as date, dau::int, new_users::int, games_started::int, games_completed::int,
       endless_games_played::int, story_games_played::int, total_playtime_seconds::float8,
       total_coins_earned::float8, total_coins_spent::float8, total_gems_earned::float8, total_gems_spent::float8,
       levels_completed::int, continues_used::int, achievements_unlocked::int, missions_completed::int,
       ios_users::int, android_users::int, events::int
     from game_days
     where date = any(array(select date from daily_players group by date order by date desc limit $1))
     order by date desc`,
    [days],
  );
  return rows;
}
