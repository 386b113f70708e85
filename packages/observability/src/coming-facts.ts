import type { Encloses } from '@scorekeep/queue';

/**
 * Facts of jobs and logs, as their parts of the queue publish them. Once they are all in its own type `Facts`, this file
 * goes.
 */
export interface ComingFacts {
  'job.enqueued': { queue: string; accepted: number; duplicate: number; refused: number; rejected: number };
  'job.started': {
    queue: string;
    jobs: readonly string[];
    attempt: number;
    traceContexts: readonly Readonly<Record<string, string>>[];
  } & Encloses;
  'job.settled': {
    queue: string;
    job: string;
    outcome: 'ok' | 'retry' | 'dead';
    code: string | null;
    attempt: number;
    waitMs: number;
    processMs: number;
  };
  'job.interrupted': { queue: string; code: string };
  'job.crashed': { queue: string; jobs: number; batches: number; reason: 'worker' | 'deadline' };
  'job.reaped': { queue: string; job: string; attempt: number; reason: 'worker' | 'deadline' };
  'ingest.flushed': {
    log: string;
    lane: number;
    accepted: number;
    duplicate: number;
    conflict: number;
    rejected: number;
    milliseconds: number;
    waiting: number;
  };
  'ingest.refused': { log: string; late: number; quarantined: number; rejected: number };
  'stream.appended': {
    log: string;
    status: 'appended' | 'conflict' | 'command-conflict' | 'rejected';
    events: number;
  };
  'log.consumed': { log: string; consumer: string; events: number; milliseconds: number };
}
