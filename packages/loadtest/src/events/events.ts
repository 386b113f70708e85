import type { Sql } from '../database/sql.ts';

/** Events are numbered; this is what the n-th says, and what its result must be. */
export const scoreOf = (n: number): number => (n * 7919) % 1000;

/** Whose the n-th is. */
export const userOf = (n: number): string => `user-${n % 500}`;

/** Where the consumer puts what it makes of each event; without a key, so that doing one twice shows. */
export const RESULTS = `
  drop schema if exists loadtest cascade; create schema loadtest;
  create table loadtest.result (n int not null, score int not null, recorded_at timestamptz not null, committed_at timestamptz not null default clock_timestamp())`;

/** What became of the events that were acknowledged. */
export interface EventReconciliation {
  readonly lost: number;
  readonly duplicated: number;
  readonly misScored: number;
  /** From the commit of an event to that of its result, 95th percentile, in milliseconds. */
  readonly endToEndP95Ms: number;
}

/** @param acknowledged the numbers that were answered with a receipt */
export async function reconcileEvents(sql: Sql, acknowledged: readonly number[]): Promise<EventReconciliation> {
  const { rows } = await sql.query(
    `with sent as (select unnest($1::int[]) as n), done as (select n, count(*) as times, min(score) as score from loadtest.result group by n)
     select count(*) filter (where d.n is null)::int as lost, count(*) filter (where d.times > 1)::int as duplicated,
       count(*) filter (where d.score <> (sent.n::bigint * 7919) % 1000)::int as mis_scored,
       (select coalesce(percentile_cont(0.95) within group (order by extract(epoch from committed_at - recorded_at) * 1000), 0)::float8 from loadtest.result) as p95
     from sent left join done d using (n)`,
    [`{${acknowledged.join()}}`],
  );
  const [row] = rows;
  return { lost: row.lost, duplicated: row.duplicated, misScored: row.mis_scored, endToEndP95Ms: row.p95 };
}
