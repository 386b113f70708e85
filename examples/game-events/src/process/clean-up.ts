import { type Job, job, type Keep } from '@scorekeep/queue';
import { game } from './game-log.ts';

/**
 * Every hour: what the log keeps too long goes, and so do lines of events that were processed long ago, and of players of days
 * of which nothing comes any more.
 */
export function cleanUp(keep: Keep, retentionDays: number): Job<object> {
  return job('clean-up', {
    mode: 'claimed',
    schedule: { cron: '0 * * * *', payload: {} },
    run: async (_, { signal }) => {
      await removeProcessed(keep, retentionDays * DAY_MS, signal);
      await removeActive(keep, signal);
      await keep.logs.prune(game);
      await keep.transaction(async (tx) => {
        await tx.query(`delete from event_worker where seen_at < clock_timestamp() - interval '1 hour'`);
        // The longest span of statistics, and a day.
        await tx.query(`delete from event_counts where bucket < now() - interval '31 days'`);
      });
    },
  });
}

/**
 * Removes the lines of events that were processed longer than `graceMs` ago; those of events that failed stay. Answers how many.
 * The counts of players, boards and days stay as they are.
 */
export function removeProcessed(keep: Keep, graceMs: number, signal?: AbortSignal): Promise<number> {
  return removeAll(keep, REMOVE, graceMs, signal);
}

/** Removes who was active on days long ago; how many they were stays. Answers how many lines. */
export function removeActive(keep: Keep, signal?: AbortSignal): Promise<number> {
  return removeAll(keep, REMOVE_ACTIVE, ACTIVE_DAYS, signal);
}

async function removeAll(keep: Keep, statement: string, age: number, signal: AbortSignal | undefined): Promise<number> {
  let removed = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { rowCount } = await keep.transaction((tx) => tx.query(statement, [age, AT_A_TIME]));
    removed += rowCount ?? 0;
    if ((rowCount ?? 0) < AT_A_TIME) return removed;
  }
}

const DAY_MS = 86_400_000;
/** An event that is a year late still counts, and its player once; and a month. */
const ACTIVE_DAYS = 400;
/** Short transactions, so that nothing else waits. */
const AT_A_TIME = 5_000;

const REMOVE = `
  delete from events where (shard, position) in (
    select shard, position from events where processed_at < now() - $1::float8 * interval '1 millisecond'
    limit $2 for update skip locked)`;

const REMOVE_ACTIVE = `
  delete from daily_active where (date, user_id) in (
    select date, user_id from daily_active where date < current_date - $1::int limit $2 for update skip locked)`;
