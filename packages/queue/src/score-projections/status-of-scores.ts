import { type EventProjectionStatus, statusOf } from '../event-projections/status-of-events.ts';
import type { Sql } from '../postgres/sql.ts';
import type { Refolding } from './refolding.ts';

/** Reads the status of a projection over scores: what others count in events it counts in subjects. */
export async function readScoreStatus(sql: Sql, { schema, id }: Refolding): Promise<EventProjectionStatus> {
  const { rows } = await sql.query(
    `with build as (select * from ${schema}.projection_build where projection = $1 and live),
     mark as (select r.* from build join ${schema}.refold r on r.projection = $1 and r.build = build.number)
     select number, paused_at is not null as paused, passed,
       (select count(*) from mark where code is null) as behind, (select count(*) from mark where code is not null) as parked,
       (select coalesce(extract(epoch from clock_timestamp() - min(marked_at)), 0)::float8 from mark where code is null) as lag,
       coalesce((passed - rate_at) / greatest(extract(epoch from clock_timestamp() - rate_since), 1), 0)::float8 as rate,
       (select coalesce(json_object_agg(code, n), '{}') from (select code, count(*) as n from mark where code is not null group by code) by_code) as errors
     from build`,
    [id],
  );
  return statusOf(rows[0]);
}
