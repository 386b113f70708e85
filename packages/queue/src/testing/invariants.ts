import type { AnyJob } from '../jobs/keep-jobs.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql } from '../postgres/sql.ts';

/** What must hold whatever has died, each as the number of jobs or rows that it does not hold for: all zeros. */
export interface Violations {
  /** I1: accepted jobs that are not in exactly one place. */
  readonly lost: number;
  /** I2: done jobs whose effect is not there exactly once. */
  readonly notOnce: number;
  /** I4: effects of a job that is not done. */
  readonly unfounded: number;
  /** I5: jobs with more tries than they may have, or, where no handler fails, with a try charged. */
  readonly overcharged: number;
  /** I6: claimed jobs without a living claim, and claims without their job. */
  readonly orphaned: number;
  /** I8: dead letters that are not among the poisoned, and poisoned that are not dead. */
  readonly misjudged: number;
}

export const NONE: Violations = { lost: 0, notOnce: 0, unfounded: 0, overcharged: 0, orphaned: 0, misjudged: 0 };

/** What is checked. */
export interface Subject {
  readonly job: AnyJob;
  readonly schema?: string;
  /** Ids that receipts said were accepted. */
  readonly accepted: readonly string[];
  /** Ids of jobs that must end up dead, and nobody else. */
  readonly poisoned?: readonly string[];
  /** A query of the host's for effects: one row for each, with the job's idempotency key in the column `key`, as text. */
  readonly effects: string;
  /** Most tries that may be charged to a job that is not poisoned. Default 0: faults of the infrastructure are not charged. */
  readonly charged?: number;
}

/** Counts, in SQL that shares nothing with the code that it judges, what does not hold once a queue has come to rest. */
export async function violations(sql: Sql, subject: Subject): Promise<Violations> {
  const { job, schema = 'scorekeep', accepted, poisoned = [], effects, charged = 0 } = subject;
  const jobs = `${quote(`${schema}_jobs`)}.job`;
  const { rows } = await sql.query(
    `with accepted as (select unnest($1::uuid[]) as id), poisoned as (select unnest($2::uuid[]) as id),
       stored as (select * from ${jobs} where name = $3),
       effect as (${effects}),
       counted as (select s.id, s.state, count(e.key) as effects from stored s left join effect e on e.key = coalesce(s.source_root_id, s.id)::text group by s.id, s.state)
     select
       (select count(*)::int from accepted a where (select count(*) from stored s where s.id = a.id) <> 1) as lost,
       (select count(*)::int from counted where state = 'completed' and effects <> 1) as "notOnce",
       (select count(*)::int from effect e where not exists (select from stored s where s.state = 'completed' and coalesce(s.source_root_id, s.id)::text = e.key)) as unfounded,
       (select count(*)::int from stored where retry_count > retry_limit or (retry_count > $5 and id not in (select id from poisoned))) as overcharged,
       (select count(*)::int from stored s where state = 'active' and not exists (select from ${quote(schema)}.job_claim c where c.job = s.id))
         + (select count(*)::int from ${quote(schema)}.job_claim c where queue = $3 and not exists (select from stored s where s.id = c.job and s.state = 'active')) as orphaned,
       (select count(*)::int from poisoned p full join (select source_id from ${jobs} where name = $4) d on d.source_id = p.id
         where p.id is null or d.source_id is null) as misjudged`,
    [accepted, poisoned, job.queue, job.deadQueue, charged],
  );
  return {
    lost: integer(rows[0], 'lost'),
    notOnce: integer(rows[0], 'notOnce'),
    unfounded: integer(rows[0], 'unfounded'),
    overcharged: integer(rows[0], 'overcharged'),
    orphaned: integer(rows[0], 'orphaned'),
    misjudged: integer(rows[0], 'misjudged'),
  };
}
