import type { PgBoss } from 'pg-boss';
import { ScorekeepError } from '../errors.ts';
import { seal } from './envelope.ts';
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
  const sealed = await seal(job, schedule.payload);
  if ('reason' in sealed) {
    throw new ScorekeepError(
      'DEFINITION_INVALID',
      `job("${job.name}"): the payload of its schedule is ${sealed.reason} at "${sealed.at}"`,
    );
  }
  try {
    await boss.schedule(job.queue, schedule.cron, sealed.envelope, {
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
