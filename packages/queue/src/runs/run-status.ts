import type { RuleSet } from '@scorekeep/core/rules';
import { ScorekeepError } from '../errors.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql, text } from '../postgres/sql.ts';
import { namedReasons } from './reason-names.ts';

/** How far a run has come. */
export interface RunStatus {
  readonly id: string;
  readonly state: 'running' | 'paused' | 'cancelled' | 'finished';
  readonly slices: number;
  readonly openSlices: number;
  /** About how many items it set out to score. */
  readonly expected: number;
  readonly scored: number;
  readonly rejected: number;
  /** Rejected items by reason, such as `missing:home`. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly parked: number;
  /** SQLSTATE or name of what keeps its slices from going on; empty when all is well. */
  readonly errors: readonly string[];
  /** Items scored or rejected per second since it started. */
  readonly perSecond: number;
  readonly startedAt: Date;
  /** When it should be over at this rate; null before the first item, and when it is over or paused. */
  readonly estimatedEnd: Date | null;
  /** Null while it runs. */
  readonly finishedAt: Date | null;
}

/** @throws ScorekeepError RUN_NOT_FOUND */
export async function readRun(sql: Sql, schema: string, id: string): Promise<RunStatus> {
  const { rows } = await sql.query(
    `with one as (
       select r.id, r.started_at, r.finished_at, r.paused_at, r.cancelled_at, count(s.id) as slices,
         count(s.id) filter (where s.done_at is null) as open_slices, coalesce(sum(s.expected), 0)::bigint as expected,
         coalesce(sum(s.scored), 0)::bigint as scored, coalesce(sum(s.rejected), 0)::bigint as rejected, coalesce(sum(s.parked), 0)::bigint as parked,
         coalesce(json_agg(distinct s.error) filter (where s.error is not null and s.done_at is null), '[]')::text as errors
       from ${quote(schema)}.run r left join ${quote(schema)}.slice s on s.run = r.id where r.id::text = $1 group by r.id
     ), rate as (
       select one.*, (scored + rejected) / greatest(extract(epoch from coalesce(finished_at, paused_at, clock_timestamp()) - started_at), 0.001)::float8 as per_second from one
     )
     select *, (select p.rule_set from ${quote(schema)}.projection p join ${quote(schema)}.run r on r.projection = p.id where r.id = rate.id) as rule_set,
       (select coalesce(json_object_agg(code, n), '{}') from (
         select code, sum(n::bigint) as n from ${quote(schema)}.slice s, jsonb_each_text(s.reasons) given (code, n) where s.run = rate.id group by code
       ) by_code) as reasons, case when finished_at is null and paused_at is null and per_second > 0
       then clock_timestamp() + least(greatest(expected - scored - rejected - parked, 0) / per_second, 315360000) * interval '1 second' end as estimated_end from rate`,
    [id],
  );
  const row = rows[0];
  if (row === undefined) throw new ScorekeepError('RUN_NOT_FOUND', `There is no run "${id}".`, { run: id });
  const finishedAt = row['finished_at'] as Date | null;
  const over = row['cancelled_at'] === null ? 'finished' : 'cancelled';
  return {
    id: text(row, 'id'),
    state: finishedAt !== null ? over : row['paused_at'] === null ? 'running' : 'paused',
    slices: integer(row, 'slices'),
    openSlices: integer(row, 'open_slices'),
    expected: integer(row, 'expected'),
    scored: integer(row, 'scored'),
    rejected: integer(row, 'rejected'),
    reasons: namedReasons(row['rule_set'] as RuleSet, row['reasons'] as Record<string, number>),
    parked: integer(row, 'parked'),
    errors: JSON.parse(text(row, 'errors')) as string[],
    perSecond: Math.round(Number(row['per_second'])),
    startedAt: row['started_at'] as Date,
    estimatedEnd: row['estimated_end'] as Date | null,
    finishedAt,
  };
}
