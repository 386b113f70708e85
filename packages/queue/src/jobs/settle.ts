import type { CommandResponse, Db, JobWithMetadata, PgBoss } from 'pg-boss';
import { quote } from '../postgres/identifiers.ts';
import { text } from '../postgres/sql.ts';
import type { Job } from './job.ts';
import { YEAR } from './job-queue.ts';
import { type Outcome, Unfinished } from './outcome.ts';
import type { JobStatistics } from './stale-statistics.ts';

/** The claim on a job is gone: somebody else has it, or has settled it. Nothing of this attempt may commit. */
export class ClaimLost extends Error {}

/** What settling needs: `db` is the transaction. */
export interface Settling {
  readonly boss: PgBoss;
  readonly db: Db;
  readonly schema: string;
  readonly job: Job<never, never>;
  readonly statistics: JobStatistics;
}

/**
 * Acknowledges jobs in the transaction of their effects, each by its outcome; those that were claimed in another, fenced by their attempt.
 *
 * @throws ClaimLost when one of them is no longer this attempt's
 */
export async function settle(
  settling: Settling,
  jobs: readonly JobWithMetadata[],
  outcomes: readonly Outcome[],
): Promise<void> {
  const done = jobs.filter((_, i) => !(outcomes[i] instanceof Unfinished));
  if (done.length > 0) await acknowledge(settling, done);
  for (const [i, job] of jobs.entries()) {
    const outcome = outcomes[i];
    if (outcome instanceof Unfinished) await settleUnfinished(settling, job, outcome);
  }
}

/**
 * Nobody else can have touched jobs that were fetched in the transaction under way: they are named by their ids alone, which Postgres
 * finds them by. Of what is active it knows nothing, and would read whatever has been active since the last vacuum.
 */
async function acknowledge({ boss, db, job, statistics }: Settling, done: readonly JobWithMetadata[]): Promise<void> {
  const { queue, definition } = job;
  // Steps of a flow from before done jobs were not kept: others wait until they are found to be done.
  const isAwaited = done.some(({ blocking }) => blocking);
  const isKept = definition.keepSeconds !== 0 || isAwaited || statistics.wants(job, done.length);
  const fetchedHere = definition.mode !== 'claimed';
  const which = fetchedHere ? done.map(({ id }) => id) : [...done];
  const acknowledged = isKept
    ? boss.complete(queue, which, null, { db, includeQueued: fetchedHere })
    : boss.deleteJob(queue, which, { db });
  assertHeld(await statistics.timed(job, acknowledged, () => done.length));
}

async function settleUnfinished(settling: Settling, job: JobWithMetadata, outcome: Unfinished): Promise<void> {
  if (outcome.outcome === 'later') return giveBack(settling, job, outcome);
  const { boss, db } = settling;
  const { queue } = settling.job;
  const output = { code: outcome.code };
  assertHeld(await boss.fail(queue, job, output, { db }));
  if (job.retryCount >= job.retryLimit) return;
  if (outcome.outcome === 'dead') {
    // pg-boss ends a job for good when no try is left, and has no other call for it that takes a transaction.
    await boss.update(queue, undefined, { id: job.id, retryLimit: 0, db });
    await boss.fail(queue, job.id, output, { db });
  } else if (outcome.afterSeconds !== undefined) {
    await boss.update(queue, undefined, { id: job.id, startAfter: outcome.afterSeconds, db });
  }
}

/** Whether a job that ends so is dead-lettered: it is to be, or no try is left. */
export const isDead = (job: JobWithMetadata, outcome: Outcome): boolean =>
  outcome instanceof Unfinished &&
  (outcome.outcome === 'dead' || (outcome.outcome === 'retry' && job.retryCount >= job.retryLimit));

/**
 * Puts a claimed job back as if this attempt had not been: for what is nobody's fault. It is one to be tried again then, which those
 * behind it wait for if its key is strict, and beside which one that was never begun may wait whatever the policy.
 */
async function giveBack(settling: Settling, job: JobWithMetadata, { code, afterSeconds }: Unfinished): Promise<void> {
  const { boss, db } = settling;
  const { queue } = settling.job;
  const free = await freeState(settling, job);
  if (free === 'created') {
    assertHeld(await boss.cancel(queue, job, { db }));
    await boss.resume(queue, job.id, { db });
  } else {
    assertHeld(await boss.fail(queue, job, { code }, { db }));
    if (free === 'retry' && job.retryCount >= job.retryLimit) await revive(settling, job);
  }
  // The next fetch counts an attempt, since this one had begun; so there is one more to have. Of the time that the job may wait
  // pg-boss takes off by how much this is sooner than the backoff, so that starts anew, too.
  const again = { retryLimit: job.retryLimit + 1, startAfter: afterSeconds ?? 0, retentionSeconds: YEAR };
  await boss.update(queue, undefined, { id: job.id, ...again, db });
}

/** How a job can wait: of those with one key, `stately` takes one in each state. Where none is free, pg-boss dead-letters it. */
async function freeState(
  { boss, db, job: { queue } }: Settling,
  { policy, singletonKey }: JobWithMetadata,
): Promise<'retry' | 'created' | undefined> {
  if (policy !== 'stately') return 'retry';
  const key = singletonKey === null ? {} : { key: singletonKey };
  const waiting = await boss.findJobs(queue, { ...key, queued: true, db });
  return (['retry', 'created'] as const).find((state) => waiting.every((one) => one.state !== state));
}

/** Brings a job back that has just failed without a try left: what pg-boss put into the dead letters is no dead letter. */
async function revive(
  { boss, db, schema, job: { queue } }: Settling,
  { id, sourceRootId }: JobWithMetadata,
): Promise<void> {
  const { rows } = await db.executeSql(
    `select name, id from ${quote(`${schema}_jobs`)}.job where source_root_id = $1 and source_name = $2 and source_id = $3
     order by created_on desc limit 1`,
    [sourceRootId ?? id, queue, id],
  );
  for (const letter of rows) await boss.deleteJob(text(letter, 'name'), text(letter, 'id'), { db });
  await boss.retry(queue, id, { db });
}

/** pg-boss documents `requested` and `affected` and leaves them out of its types. */
function assertHeld(response: CommandResponse): void {
  const { affected, requested } = response as { affected?: unknown; requested?: unknown };
  if (typeof affected !== 'number' || affected !== requested) throw new ClaimLost('the claim was lost');
}
