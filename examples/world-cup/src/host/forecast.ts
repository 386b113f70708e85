import type pg from 'pg';
import { addEntrant } from './draw-entry.ts';

/** A match as it is shown, with what somebody forecast. */
export interface MatchRow {
  readonly id: string;
  readonly number: number;
  readonly stage: string;
  readonly kickoffAt: Date;
  readonly open: boolean;
  readonly home: string;
  readonly away: string;
  readonly homeGoals: number | null;
  readonly awayGoals: number | null;
  readonly forecastHome: number | null;
  readonly forecastAway: number | null;
}

/** All matches by kick-off, with one entrant's forecasts. */
export async function matchesWith(pool: pg.Pool, entrantId: string | null): Promise<MatchRow[]> {
  const { rows } = await pool.query<MatchRow>(
    `select m.id, m.number, m.stage, m.kickoff_at as "kickoffAt", clock_timestamp() < m.kickoff_at as open,
       home.name as home, away.name as away, m.home_goals as "homeGoals", m.away_goals as "awayGoals",
       f.home_goals::float8 as "forecastHome", f.away_goals::float8 as "forecastAway"
     from fixture m join team home on home.team_id = m.home_team join team away on away.team_id = m.away_team
     left join forecast f on f.fixture_ref = m.id and f.entrant_ref = $1 order by m.number`,
    [entrantId],
  );
  return rows;
}

/** What became of a forecast that was sent. */
export type SavedForecast =
  | { readonly state: 'saved'; readonly kickoffAt: Date; readonly changed: boolean }
  | { readonly state: 'closed' }
  | { readonly state: 'unknown' };

/** Stores a forecast, or puts it in the place of the one before, until the match is kicked off. */
export async function saveForecast(
  pool: pg.Pool,
  { entrantId, number, home, away }: { entrantId: string; number: number; home: number; away: number },
): Promise<SavedForecast> {
  await addEntrant(pool, entrantId);
  const { rows } = await pool.query<{ kickoffAt: Date; changed: boolean }>(
    `insert into forecast (entrant_ref, fixture_ref, home_goals, away_goals, submitted_at, locked_at)
     select $1, id, $3, $4, clock_timestamp(), kickoff_at from fixture where number = $2 and clock_timestamp() < kickoff_at for share
     on conflict (entrant_ref, fixture_ref) do update set home_goals = excluded.home_goals, away_goals = excluded.away_goals,
       submitted_at = excluded.submitted_at, locked_at = excluded.locked_at
     returning locked_at as "kickoffAt", xmax <> 0 as changed`,
    [entrantId, number, home, away],
  );
  if (rows[0] !== undefined) return { state: 'saved', ...rows[0] };
  const { rowCount } = await pool.query('select from fixture where number = $1', [number]);
  return { state: rowCount === 0 ? 'unknown' : 'closed' };
}

/** Kicks a match off now, if it was to be later: forecasts change no more. Null for a match that is not there. */
export async function kickOff(tx: pg.ClientBase, number: number): Promise<string | null> {
  // By a clock that is read once the match is locked: forecasts are taken until then.
  await tx.query('select from fixture where number = $1 for update', [number]);
  const { rows } = await tx.query<{ id: string; before: boolean; at: Date }>(
    'select id, clock_timestamp() < kickoff_at as before, clock_timestamp() as at from fixture where number = $1',
    [number],
  );
  const [match] = rows;
  if (match === undefined) return null;
  if (match.before) {
    await tx.query('update fixture set kickoff_at = $2 where id = $1', [match.id, match.at]);
    await tx.query('update forecast set locked_at = $2 where fixture_ref = $1 and locked_at > $2', [
      match.id,
      match.at,
    ]);
  }
  return match.id;
}
