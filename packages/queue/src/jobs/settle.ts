import type { CommandResponse, Db, JobWithMetadata, PgBoss } from 'pg-boss';
import { type Outcome, Unfinished } from './outcome.ts';

/** The claim on a job is gone: somebody else has it, or has settled it. Nothing of this attempt may commit. */
export class ClaimLost extends Error {}

/**
 * Acknowledges jobs in the transaction of their effects, each by its outcome and fenced by its attempt.
 *
 * @throws ClaimLost when one of them is no longer this attempt's
 */
export async function settle(
  boss: PgBoss,
  db: Db,
  queue: string,
  jobs: readonly JobWithMetadata[],
  outcomes: readonly Outcome[],
): Promise<void> {
  const done = jobs.filter((_, i) => !(outcomes[i] instanceof Unfinished));
  if (done.length > 0) assertHeld(await boss.complete(queue, done, null, { db }));
  for (const [i, job] of jobs.entries()) {
    const outcome = outcomes[i];
    if (outcome instanceof Unfinished) await settleUnfinished(boss, db, queue, job, outcome);
  }
}

async function settleUnfinished(
  boss: PgBoss,
  db: Db,
  queue: string,
  job: JobWithMetadata,
  outcome: Unfinished,
): Promise<void> {
  if (outcome.outcome === 'later') return giveBack(boss, db, queue, job, outcome.afterSeconds ?? 0);
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

/** Puts a claimed job back as if this attempt had not been: for what is nobody's fault. */
async function giveBack(
  boss: PgBoss,
  db: Db,
  queue: string,
  job: JobWithMetadata,
  afterSeconds: number,
): Promise<void> {
  assertHeld(await boss.cancel(queue, job, { db }));
  await boss.resume(queue, job.id, { db });
  // The next fetch counts an attempt, since this one had begun; so there is one more to have.
  await boss.update(queue, undefined, { id: job.id, retryLimit: job.retryLimit + 1, startAfter: afterSeconds, db });
}

/** pg-boss documents `requested` and `affected` and leaves them out of its types. */
function assertHeld(response: CommandResponse): void {
  const { affected, requested } = response as { affected?: unknown; requested?: unknown };
  if (typeof affected !== 'number' || affected !== requested) throw new ClaimLost('the claim was lost');
}
