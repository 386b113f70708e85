import type { PgBoss } from 'pg-boss';
import { ScorekeepError } from '../errors.ts';
import { prepare } from './enqueue.ts';
import type { Job } from './job.ts';

/**
 * Makes pg-boss's schedule of a job what the definition says, or takes it away. Of all processes one enqueues each occurrence.
 *
 * @throws ScorekeepError DEFINITION_INVALID for a payload or an expression that cannot be
 */
export async function scheduleJob(boss: PgBoss, job: Job<never, never>): Promise<void> {
  const { schedule } = job.definition;
  if (schedule === undefined) {
    await boss.unschedule(job.queue);
    return;
  }
  const prepared = await prepare(job, schedule.payload, {});
  if ('reason' in prepared) {
    throw new ScorekeepError(
      'DEFINITION_INVALID',
      `job("${job.name}"): the payload of its schedule is ${prepared.reason} at "${prepared.at}"`,
    );
  }
  // Each occurrence is a job of its own, whatever `unique` says, so its id is not kept.
  const { data = null, id: _, ...options } = prepared;
  try {
    await boss.schedule(job.queue, schedule.cron, data, {
      ...options,
      ...(schedule.tz === undefined ? {} : { tz: schedule.tz }),
      missed: schedule.catchUp === true ? 'once' : 'skip',
    });
  } catch (cause) {
    throw new ScorekeepError(
      'DEFINITION_INVALID',
      `job("${job.name}"): schedule ${JSON.stringify(schedule.cron.slice(0, 100))} in time zone ${JSON.stringify(schedule.tz ?? 'UTC')} is not one that pg-boss takes`,
      {},
      { cause },
    );
  }
}
