import type { AnyJob } from '../jobs/keep-jobs.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql } from '../postgres/sql.ts';
import type { Usage } from './usage.ts';

/**
 * What must hold whatever has died, each as the number of jobs, rows or looks that it does not hold for: all zeros. I10, how long
 * recovery takes, is in {@link DrillReport}.
 */
export interface Violations {
  /** I1: accepted jobs that are not in exactly one place. */
  readonly lost: number;
  /** I2: done jobs whose effect is not there exactly once. */
  readonly notOnce: number;
  /** I3: what the effects add up to, less what they must. */
  readonly miscounted: number;
  /** I4: effects of a job that is not done. */
  readonly unfounded: number;
  /** I5: jobs with more tries than they may have, or, where no handler fails, with a try charged. */
  readonly overcharged: number;
  /** I6: claimed jobs without a living claim, and claims without their job. */
  readonly orphaned: number;
  /** I7: jobs of a strict key that were done before an earlier one of their key. */
  readonly disordered: number;
  /** I8: dead letters that are not among the poisoned, and poisoned that are not dead. */
  readonly misjudged: number;
  /** I9: looks at worker processes that showed more memory or connections than they may have. */
  readonly outgrown: number;
}

export const NONE: Violations = {
  lost: 0,
  notOnce: 0,
  miscounted: 0,
  unfounded: 0,
  overcharged: 0,
  orphaned: 0,
  disordered: 0,
  misjudged: 0,
  outgrown: 0,
};

/** What is checked. */
export interface Subject {
  readonly job: AnyJob;
  readonly schema?: string;
  /** Ids that receipts said were accepted. */
  readonly accepted: readonly string[];
  /** Ids of jobs that must end up dead, and nobody else. */
  readonly poisoned?: readonly string[];
  /**
   * A query of the host's for effects: one row for each, with the job's idempotency key in the column `key`, as text, and, where
   * they add up to something, an integer in the column `amount`.
   */
  readonly effects: string;
  /** What the amounts must add up to, as whoever enqueued the jobs knows. Without it I3 is not checked. */
  readonly sum?: number;
  /** Most tries that may be charged to a job that is not poisoned. Default 0: faults of the infrastructure are not charged. */
  readonly charged?: number;
  /** What the worker processes have taken. Without it I9 is not checked. */
  readonly usage?: Pick<Usage, 'outgrown'>;
}

/**
 * Counts, in SQL that shares nothing with the code that it judges, what does not hold once a queue has come to rest. Where done jobs
 * are not kept, an accepted one that is not there any more has been done, so its effect must be.
 */
export async function violations(sql: Sql, subject: Subject): Promise<Violations> {
  const { job, schema = 'scorekeep', accepted, poisoned = [], effects, sum, charged = 0, usage } = subject;
  const jobs = `${quote(`${schema}_jobs`)}.job`;
  const claims = `${quote(schema)}.job_claim`;
  const { rows } = await sql.query(
    `with accepted as (select unnest($1::uuid[]) as id), poisoned as (select unnest($2::uuid[]) as id),
       stored as (select * from ${jobs} where name = $3),
       effect as (${effects}),
       counted as (select s.id, s.state, count(e.key) as effects from stored s left join effect e on e.key = coalesce(s.source_root_id, s.id)::text group by s.id, s.state),
       dead as (select source_id from ${jobs} where name = $4),
       gone as (select id from accepted where $7 and id not in (select coalesce(source_root_id, id) from stored where state <> 'failed' or id in (select source_id from dead))),
       ordered as (select completed_on, lag(completed_on) over (partition by singleton_key order by created_on, id) as before from stored where policy = 'key_strict_fifo'),
       living as (select c.job from ${claims} c join pg_locks l on l.locktype = 'advisory' and l.objsubid = 2 and l.granted and l.objid = c.worker::oid where c.queue = $3)
     select
       (select count(*)::int from accepted a left join (select id, count(*) as places from stored group by id) s on s.id = a.id
         where s.places is distinct from 1 and (a.id not in (select id from gone) or not exists (select from effect e where e.key = a.id::text))) as lost,
       (select count(*)::int from counted where state = 'completed' and effects <> 1)
         + (select count(*)::int from (select from gone g join effect e on e.key = g.id::text group by g.id having count(*) > 1) twice) as "notOnce",
       ${sum === undefined ? '0 * $6::bigint' : "(select coalesce(sum((to_jsonb(e) ->> 'amount')::bigint), 0) - $6::bigint from effect e)"} as miscounted,
       (select count(*)::int from effect e where not exists (select from stored s where s.state = 'completed' and coalesce(s.source_root_id, s.id)::text = e.key)
         and e.key not in (select id::text from gone)) as unfounded,
       (select count(*)::int from stored where retry_count > retry_limit or (retry_count > $5 and id not in (select id from poisoned))) as overcharged,
       (select count(*)::int from stored s where state = 'active' and s.id not in (select job from living))
         + (select count(*)::int from ${claims} c where queue = $3 and not exists (select from stored s where s.id = c.job and s.state = 'active')) as orphaned,
       (select count(*)::int from ordered where completed_on < before) as disordered,
       (select count(*)::int from poisoned p full join dead d on d.source_id = p.id
         where p.id is null or d.source_id is null) as misjudged`,
    [accepted, poisoned, job.queue, job.deadQueue, charged, sum ?? 0, job.definition.keepSeconds === 0],
  );
  return { ...parseViolations(rows[0]), outgrown: usage?.outgrown ?? 0 };
}

const parseViolations = (row: Row | undefined): Omit<Violations, 'outgrown'> => ({
  lost: integer(row, 'lost'),
  notOnce: integer(row, 'notOnce'),
  miscounted: integer(row, 'miscounted'),
  unfounded: integer(row, 'unfounded'),
  overcharged: integer(row, 'overcharged'),
  orphaned: integer(row, 'orphaned'),
  disordered: integer(row, 'disordered'),
  misjudged: integer(row, 'misjudged'),
});
