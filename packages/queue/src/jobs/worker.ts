import type pg from 'pg';
import type { JobWithMetadata, PgBoss } from 'pg-boss';
import type { Control } from './control.ts';
import type { Job } from './job.ts';
import type { JobStatistics } from './stale-statistics.ts';
import type { Wake } from './wake.ts';

/** What the loops of a worker process share. */
export interface Worker {
  readonly pool: pg.Pool;
  readonly schema: string;
  readonly boss: PgBoss;
  readonly control: Control;
  readonly wake: Wake;
  readonly statistics: JobStatistics;
  /** Aborted when no more is to be begun. */
  readonly stopping: AbortSignal;
  /** Aborted when what is under way is to be let go of. */
  readonly forced: AbortSignal;
  /** Aborted when the claims of this process count for nothing any more; another one for those that follow. */
  readonly claims: () => AbortSignal;
}

/** One loop of a worker process: it works one batch of a job at a time. */
export interface Lane {
  readonly worker: Worker;
  readonly job: Job<never, never>;
  /** Unique in its process. */
  readonly number: number;
}

/** What a job is known by, whatever became of it: the first of a chain of dead letters and redrives, or itself. */
export const idempotencyKeyOf = (job: JobWithMetadata): string => job.sourceRootId ?? job.id;

/** Milliseconds that a job could have been begun and was not, by the database's clock. */
export const waitedMs = ({ startedOn, createdOn, startAfter }: JobWithMetadata): number =>
  Math.max(0, startedOn.getTime() - Math.max(createdOn.getTime(), startAfter.getTime()));

/** Milliseconds from when a job was made to its claim, by the database's clock. */
export const agedMs = ({ startedOn, createdOn }: JobWithMetadata): number =>
  Math.max(0, startedOn.getTime() - createdOn.getTime());

/** The trace context that a job was enqueued with, as pg-boss keeps it; pg-boss itself takes it off what it answers. */
export type TraceContext = Readonly<Record<string, string>>;

/**
 * Collects trace contexts of fetched jobs by id, from the rows that pg-boss's statement answers. What is none is taken out of them:
 * pg-boss parses a text, and a fetch that fails at one job fails for ever, for all of its queue.
 */
export function collectTraces(into: Map<string, TraceContext>): (rows: readonly Record<string, unknown>[]) => void {
  return (rows) => {
    for (const row of rows) {
      const { id, __traceContext: carrier } = row;
      if (carrier !== null && typeof carrier === 'object') {
        if (typeof id === 'string') into.set(id, carrier as TraceContext);
      } else if (carrier != null) {
        row['__traceContext'] = null;
      }
    }
  };
}

/** How long a lane waits for a wake-up before it looks by itself: for delayed jobs, retries, and notices that were lost. */
const POLL_MS = 500;
/** However many a rate allows, looks are so far apart at least. */
const POLL_MIN_MS = 5;

/** The time until the next look, which lets not all processes look at once; sooner when a rate lets it begin sooner. */
export const pollMs = (nextMs: number = POLL_MS): number =>
  Math.min(POLL_MS, Math.max(POLL_MIN_MS, nextMs)) * (0.9 + Math.random() / 5);
