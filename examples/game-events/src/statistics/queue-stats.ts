import type { Keep, Sql } from '@scorekeep/queue';
import { game } from '../process/game-log.ts';
import { UNDER_WAY } from '../process/process-events.ts';
import type { RetryEvent } from '../process/retry-event.ts';

/** Where events wait and where they have got to, in the guide's words. */
export interface QueueStats {
  readonly total_queued: number;
  readonly total_processed: number;
  readonly total_failed: number;
  readonly queue: {
    /** Kept, and not yet processed for the first time. */
    readonly waiting: number;
    /** Batches under way. */
    readonly active: number;
    readonly completed: number;
    /** Failed three times, and dead-lettered. */
    readonly failed: number;
    /** Failed, and will be tried again. */
    readonly delayed: number;
  };
  readonly workers: number;
  /** Events a second that the workers that are there get through when they have enough to do, as measured. */
  readonly capacity_per_second: number;
  /** How much of the last minute they spent with events. */
  readonly current_load_percent: number;
}

/** Reads what the log, its consumers, the job of failed events and the workers say; cheap enough to be asked every second. */
export async function readQueueStats(keep: Keep, retry: RetryEvent): Promise<QueueStats> {
  // Heads last: so what was processed was always queued before.
  const row = await keep.transaction(async (tx: Sql) => (await tx.query(STATEMENT, [UNDER_WAY])).rows[0]);
  const [{ waiting: ready, delayed, active, dead }, heads] = await Promise.all([
    keep.jobStatus(retry),
    keep.logs.heads(game),
  ]);
  const number = (column: string): number => Number(row?.[column] ?? 0);
  // Positions are dense from 1, so the last of each shard is how many events were ever kept.
  const queued = heads.reduce((sum, head) => sum + head, 0);
  const [handled, failing] = [number('handled'), number('failing')];
  const processed = Math.max(0, handled - failing);
  return {
    total_queued: queued,
    total_processed: processed,
    total_failed: dead,
    queue: {
      waiting: Math.max(0, queued - handled),
      active: number('active'),
      completed: processed,
      failed: dead,
      delayed: ready + delayed + active,
    },
    workers: number('workers'),
    capacity_per_second: Math.round(number('capacity')) || CAPACITY_UNMEASURED,
    current_load_percent: Math.round(number('load') * 10) / 10,
  };
}

/** The guide's figure, until a worker has had something to do and the figure is measured. */
const CAPACITY_UNMEASURED = 100;

const STATEMENT = `
  select (select sum(events) from processed) as handled,
    (select count(*) from events where processing_error is not null) as failing,
    (select count(distinct pid) from pg_locks where locktype = 'advisory' and classid = $1
       and database = (select oid from pg_database where datname = current_database())) as active,
    count(*) as workers, sum(per_second) as capacity, avg(busy_percent) as load
  from event_worker where seen_at > clock_timestamp() - interval '6 seconds'`;
