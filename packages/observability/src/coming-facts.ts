/**
 * Facts of event logs, as that part of the queue publishes them. Once they are in its own type `Facts`, this file goes.
 */
export interface ComingFacts {
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
