import type { AnyJob, EventReceipt, Keep } from '@scorekeep/queue';
import { closeTournaments } from './play/close-tournaments.ts';
import { cleanUp } from './process/clean-up.ts';
import { game } from './process/game-log.ts';
import { processNext } from './process/process-events.ts';
import { type RetryEvent, retryEvent } from './process/retry-event.ts';
import { settle } from './process/settle.ts';
import { startWorker } from './process/work-events.ts';

/** All that Scorekeep is told about this game, and what the game does with it. */
export interface Pipeline {
  readonly retry: RetryEvent;
  readonly jobs: readonly AnyJob[];
  /** Keeps events; answers when they are committed. See `Keep.ingest`. */
  ingest(events: unknown): Promise<readonly EventReceipt[]>;
  /** Direct processing: resolves when these events are processed. */
  settle(receipts: readonly EventReceipt[]): Promise<void>;
  /** Processes what there is; answers how many events that were. */
  processAll(): Promise<number>;
  /** Works the jobs, and events `workers` batches at a time, until stopped; call it before `keep.stop()`. */
  work(options: WorkOptions): Promise<{ stop(): Promise<void> }>;
}

interface WorkOptions {
  readonly workers: number;
  readonly onError: (error: unknown) => void;
}

/**
 * An event goes into the log and is a fact from then on: `POST /api/events` answers. Consumers read the log and add to
 * players, boards, tournaments and days, each event exactly once. One that fails is left to a job; tournaments are closed and
 * old lines removed by jobs as well.
 *
 * @param retentionDays how long the line of a processed event is kept
 */
export function pipelineOf(keep: Keep, { retentionDays }: { readonly retentionDays: number }): Pipeline {
  const retry = retryEvent(keep);
  const jobs: readonly AnyJob[] = [retry, closeTournaments(keep, retry), cleanUp(keep, retentionDays)];
  const processAll = async (): Promise<number> => {
    let all = 0;
    for (let through = 1; through > 0; all += through) through = await processNext(keep, retry);
    return all;
  };
  return {
    retry,
    jobs,
    ingest: (events) => keep.ingest(game, events),
    settle: settle(keep, processAll),
    processAll,
    async work({ workers, onError }) {
      await keep.start({ jobs });
      const started = Array.from({ length: workers }, () => startWorker(keep, retry, onError));
      await Promise.all(started.map(({ known }) => known));
      return {
        async stop() {
          await Promise.all(started.map((worker) => worker.stop()));
        },
      };
    },
  };
}
