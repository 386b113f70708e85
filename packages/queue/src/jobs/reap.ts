import type pg from 'pg';
import type { PgBoss } from 'pg-boss';
import { publish } from '../facts.ts';
import { quote } from '../postgres/identifiers.ts';
import { isLetGo } from '../postgres/is-let-go.ts';
import { bossDatabase, integer, type Row, type Sql, text } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import { type Control, lockClass } from './control.ts';
import { suspect } from './intent.ts';
import { WORKER_LOST } from './outcome.ts';
import type { Wake } from './wake.ts';

/** How often each process looks for workers that died. */
export const REAP_MS = 250;

/**
 * Looks for what dead workers had in hand, and for what is in hand for too long. Batches of transactional jobs are back in
 * the queue by themselves, since Postgres has rolled them back; here their crash is counted. Claimed jobs are failed, fenced by
 * their attempt, so that whoever still works them can settle nothing.
 */
export async function reap({ control, pool, boss, wake, schema }: Reaping): Promise<void> {
  const found = await look(control, schema);
  if (!found) return;
  const crashed = await transaction(pool, (tx) => takeIntents(tx, schema, control.isJustBack));
  for (const [queue, { jobs, batches }] of crashed) {
    publish('job.crashed', { queue, jobs, batches, reason: 'worker' });
    wake.now(queue);
  }
  const reaped = await transaction(pool, (tx) => takeClaims(tx, schema, boss));
  for (const claim of reaped) {
    publish('job.reaped', claim);
    wake.now(claim.queue);
  }
  await control.query(
    'forget',
    `with old as (delete from ${quote(schema)}.job_suspect where at < clock_timestamp() - interval '1 day')
     delete from ${quote(schema)}.job_worker w where ${isDead(schema, 'w.id')}
     and not exists (select from ${quote(schema)}.job_claim where worker = w.id) and not exists (select from ${quote(schema)}.job_intent where worker = w.id)`,
  );
}

/** What reaping needs. */
export interface Reaping {
  readonly control: Control;
  readonly pool: pg.Pool;
  readonly boss: PgBoss;
  readonly wake: Wake;
  readonly schema: string;
}

/** A worker lives as long as its session lock is held. */
const isDead = (schema: string, worker: string): string => isLetGo(lockClass(`'${schema}'`), worker);

/** In hand for longer than it may: its process hangs, or is stopped. */
const isOverdue = (i: string): string =>
  `(${i}.jobs <> '{}' and ${i}.began_at + make_interval(secs => ${i}.seconds + ${GRACE_SECONDS}) < clock_timestamp())`;
/** The worker itself comes first; but the count must be there before the database's time-out hands the jobs to others. */
const GRACE_SECONDS = 1;

async function look(control: Control, schema: string): Promise<boolean> {
  const { rows } = await control.query(
    'look',
    `select exists (select from ${quote(schema)}.job_worker w where ${isDead(schema, 'w.id')})
       or exists (select from ${quote(schema)}.job_intent i where ${isOverdue('i')})
       or exists (select from ${quote(schema)}.job_claim c where c.due_at < clock_timestamp() or ${isDead(schema, 'c.worker')}) as found`,
  );
  return rows[0]?.['found'] === true;
}

type Crashed = ReadonlyMap<string, { readonly jobs: number; readonly batches: number }>;

/**
 * Jobs that are done by now have nothing to do with what happened to their worker. Whoever is just back does not know yet who is dead:
 * after a restart of the server all are, until they are back.
 */
async function takeIntents(tx: Sql, schema: string, justBack: boolean): Promise<Crashed> {
  const { rows } = await tx.query(
    `with gone as (
       delete from ${quote(schema)}.job_intent where (worker, lane) in (
         select worker, lane from ${quote(schema)}.job_intent i where case when ${isDead(schema, 'i.worker')} then not $1::boolean else ${isOverdue('i')} end for update skip locked)
       returning queue, jobs
     )
     select queue, array_agg(j.id) as jobs from gone join ${quote(`${schema}_jobs`)}.job j on j.name = queue and j.id = any (jobs) and j.state < 'completed'
     group by queue, jobs`,
    [justBack],
  );
  const crashed = new Map<string, { jobs: number; batches: number }>();
  const batches = rows.map((row) => row['jobs'] as string[]);
  for (const [i, row] of rows.entries()) {
    const sum = crashed.get(text(row, 'queue')) ?? { jobs: 0, batches: 0 };
    crashed.set(text(row, 'queue'), { jobs: sum.jobs + (batches[i]?.length ?? 0), batches: sum.batches + 1 });
  }
  if (batches.length > 0) await suspect(tx, schema, batches);
  return crashed;
}

interface Reaped {
  readonly queue: string;
  readonly job: string;
  readonly attempt: number;
  readonly reason: 'worker' | 'deadline';
}

async function takeClaims(tx: Sql, schema: string, boss: PgBoss): Promise<readonly Reaped[]> {
  const { rows } = await tx.query(
    `delete from ${quote(schema)}.job_claim where job in (
       select job from ${quote(schema)}.job_claim c where c.due_at < clock_timestamp() or ${isDead(schema, 'c.worker')}
       order by job limit ${CLAIMS_MAX} for update skip locked)
     returning job, attempt, queue, due_at < clock_timestamp() as late`,
  );
  const db = bossDatabase(tx);
  const reaped = rows.map(parseReaped);
  for (const { queue, job, attempt, reason } of reaped) {
    const code = reason === 'worker' ? WORKER_LOST : 'DEADLINE';
    await boss.fail(queue, { id: job, retryCount: attempt }, { code }, { db });
    // The job is not to blame for its worker's end, so it does not wait its backoff out.
    if (reason === 'worker') await boss.update(queue, undefined, { id: job, startAfter: 0, db });
  }
  return reaped;
}

const parseReaped = (row: Row): Reaped => ({
  queue: text(row, 'queue'),
  job: text(row, 'job'),
  attempt: integer(row, 'attempt'),
  reason: row['late'] === true ? 'deadline' : 'worker',
});

/** Claims taken back in one transaction; the next is a moment later. */
const CLAIMS_MAX = 100;
