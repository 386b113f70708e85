import type { Sql } from '@scorekeep/queue';
import { weekOf } from '../process/effect.ts';
import { nameOfWeek } from './week.ts';

/** A tournament as it is told. */
export interface Tournament {
  readonly tournament_id: string;
  readonly name: string;
  readonly starts_at: Date;
  readonly ends_at: Date;
  readonly status: 'active' | 'closing' | 'completed';
}

/** The tournament of this week, by the database's clock, whether anybody has played yet or not. */
export async function currentTournament(sql: Sql): Promise<Tournament> {
  const { rows } = await sql.query('select extract(epoch from clock_timestamp())::float8 * 1000 as now');
  const { id, name, starts, ends } = nameOfWeek(weekOf(Number(rows[0]?.['now'])).start);
  return { tournament_id: id, name, starts_at: new Date(starts), ends_at: new Date(ends), status: 'active' };
}

/** A tournament that somebody played in; undefined when there is none. */
export async function findTournament(sql: Sql, id: string): Promise<Tournament | undefined> {
  const { rows } = await sql.query(
    `select tournament_id, name, starts_at, ends_at, case when closed_at is not null then 'completed'
       when ends_at <= clock_timestamp() then 'closing' else 'active' end as status
     from tournaments where tournament_id = $1`,
    [id],
  );
  return rows[0] as Tournament | undefined;
}
