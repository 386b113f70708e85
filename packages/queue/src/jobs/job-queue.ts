import type { PgBoss } from 'pg-boss';
import { ScorekeepError } from '../errors.ts';
import type { Job } from './job.ts';

/**
 * Makes the queue of a job and that of its dead letters, or brings their options up to date.
 *
 * @throws ScorekeepError JOB_CHANGED when the queue exists with another policy
 */
export async function createJobQueue(boss: PgBoss, job: Job<never, never>): Promise<void> {
  const { retry = {}, policy = 'standard', mode, deadline, keepSeconds = WEEK } = job.definition;
  const options = {
    retryLimit: retry.limit ?? RETRY_LIMIT,
    retryDelay: retry.delay ?? 1,
    retryBackoff: retry.backoff ?? true,
    ...(retry.backoff === false ? {} : { retryDelayMax: retry.delayMax ?? 300 }),
    // Ours ends what takes too long, and says so; pg-boss's own expiry is the floor beneath it.
    expireInSeconds: Math.min(DAY, mode === 'claimed' ? deadlineOf(job) + 60 : Math.max(60, (deadline ?? 0) + 60)),
    retentionSeconds: YEAR,
    deleteAfterSeconds: keepSeconds || UNKEPT_SECONDS,
    // pg-boss would notify inside the inserting transaction, and all commits that notify wait for each other.
    notify: false,
  };
  await boss.createQueue(job.deadQueue, { retentionSeconds: YEAR, deleteAfterSeconds: YEAR, notify: false });
  await boss.createQueue(job.queue, { ...options, policy, deadLetter: job.deadQueue });
  const queue = await boss.getQueue(job.queue);
  if (queue !== null && (queue.policy ?? 'standard') !== policy) {
    throw new ScorekeepError(
      'JOB_CHANGED',
      `Job "${job.name}" has policy "${policy}", and its queue was made with "${queue.policy}", which pg-boss cannot change. Give the job another name.`,
      { job: job.name, policy, was: queue.policy },
    );
  }
  const changed = Object.entries(options).some(([name, value]) => queue?.[name as keyof typeof queue] !== value);
  if (changed) await boss.updateQueue(job.queue, { ...options, deadLetter: job.deadQueue });
}

const RETRY_LIMIT = 5;

/** Most seconds that a batch, or a claimed job, may take. */
export function deadlineOf({ definition: { mode, deadline } }: Job<never, never>): number {
  return deadline ?? (mode === 'claimed' ? 900 : 30);
}

/** The longest that pg-boss takes. */
const DAY = 86_400;
const WEEK = 604_800;
/**
 * How long what failed is kept where done jobs are not: to pg-boss 0 is for ever. By the odd second statistics tell these queues from others,
 * since of what is deleted no rate can be counted.
 */
export const UNKEPT_SECONDS = WEEK + 1;
/** pg-boss deletes what has waited longer; it takes no longer time than this. */
export const YEAR = 31_536_000;
