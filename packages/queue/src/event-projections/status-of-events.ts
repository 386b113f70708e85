import { eventTable } from '../log/register-log.ts';
import { integer, type Row, type Sql } from '../postgres/sql.ts';
import type { Following } from './following.ts';
import { consumerPrefix } from './pieces.ts';

/** How far an event projection has come, all read at one moment. */
export interface EventProjectionStatus {
  /** The number of the build that is read and fed. */
  readonly build: number;
  /** Events passed: applied, parked, or of no type that the projection is about. */
  readonly passed: number;
  /** Events of the log that are still to be passed. */
  readonly behind: number;
  /** How long the oldest of these has waited, in seconds of the database's clock; 0 when there is none. */
  readonly lagSeconds: number;
  /** Events passed per second, over the last ten to twenty seconds in which there were some, to now. */
  readonly perSecond: number;
  readonly paused: boolean;
  /** Events put aside: those that failed, and those that wait behind one of them. */
  readonly parked: number;
  /** Of the parked, how many failed, by what they failed with. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Reads the status of a projection. */
export async function readEventStatus(sql: Sql, following: Following): Promise<EventProjectionStatus> {
  const { schema, id, label, log } = following;
  const { rows } = await sql.query(
    `with build as (select number, paused_at, $3 || number as consumer from ${schema}.projection_build where projection = $1 and live),
     each as (
       select c.at, c.rate_at, c.rate_since, h.last, case when h.last > c.at then
           (select e.recorded_at from ${eventTable(log)} e where e.log = $2 and e.shard = c.shard and e.position > c.at order by e.position limit 1) end as oldest
       from build join ${schema}.log_consumer c on c.log = $2 and c.consumer = build.consumer join ${schema}.log_head h using (log, shard)),
     parked as (select code from build join ${schema}.parked_event x on x.log = $2 and x.consumer = build.consumer)
     select build.number, build.paused_at is not null as paused,
       (select coalesce(sum(at), 0) from each) as passed, (select coalesce(sum(last - at), 0) from each) as behind,
       (select coalesce(extract(epoch from clock_timestamp() - min(oldest)), 0)::float8 from each) as lag,
       (select coalesce(sum((at - rate_at) / greatest(extract(epoch from clock_timestamp() - rate_since), 1)), 0)::float8 from each) as rate,
       (select count(*) from parked) as parked,
       (select coalesce(json_object_agg(code, n), '{}') from (select code, count(*) as n from parked where code is not null group by code) by_code) as errors
     from build`,
    [id, log.id, consumerPrefix(label)],
  );
  return statusOf(rows[0]);
}

/** The status in a row that has a column for each part of it, `lag` and `rate` among them. */
export function statusOf(row: Row | undefined): EventProjectionStatus {
  return {
    build: integer(row, 'number'),
    passed: integer(row, 'passed'),
    behind: integer(row, 'behind'),
    lagSeconds: Math.max(0, Number(row?.['lag'])),
    perSecond: Number(row?.['rate']),
    paused: row?.['paused'] === true,
    parked: integer(row, 'parked'),
    errors: row?.['errors'] as Record<string, number>,
  };
}
