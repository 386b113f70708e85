/** One reading of what is stored, all of it of one moment. */
export interface Stats {
  /** By the database's clock. */
  readonly readAt: Date;
  /** Every queue that exists, those with nothing in them too: the slices of projections, then pg-boss's queues. */
  readonly queues: readonly QueueStats[];
  /** Those that score tables; those that fold events, scores or tables are among the consumers. */
  readonly projections: readonly ProjectionStats[];
  readonly consumers: readonly ConsumerStats[];
  /**
   * How long ago any process last looked whether a schedule is due, in seconds; about half a minute at most while one works.
   * Null when there is no schedule, or nobody has looked yet.
   */
  readonly scheduleLagSeconds: number | null;
  readonly tables: readonly TableStats[];
  /** The longest transaction open in this database that we may see, in seconds; 0 when there is none. */
  readonly longestTransactionSeconds: number;
}

/** What waits in a queue. Counts are of slices in a queue of slices, of jobs in any other. */
export interface QueueStats {
  /** `slices/points_v1`, `parked/points_v1`, `dead/points_v1`, or a host's own. */
  readonly queue: string;
  /** Can be begun now. */
  readonly ready: number;
  /** Waits until a time. */
  readonly deferred: number;
  /** Waits for something else, such as that its run is resumed. */
  readonly blocked: number;
  readonly active: number;
  /** Cannot go on until something is mended, or failed for good and is still kept. */
  readonly failed: number;
  /** How long the oldest that is ready has been so, in seconds; 0 when none is. */
  readonly oldestSeconds: number;
  /** How many were completed in the last five minutes, per second. Null where done jobs are not kept. */
  readonly completedPerSecond: number | null;
}

/** How far the unfinished runs of a projection have come, in items. */
export interface ProjectionStats {
  readonly label: string;
  readonly runs: number;
  readonly paused: number;
  readonly expected: number;
  readonly processed: number;
  /** Of runs that are not paused. */
  readonly remaining: number;
  /** Items that one worker has lately scored per second; null before the first slice. */
  readonly perWorkerSecond: number | null;
  /** How long the oldest unfinished run has been under way, in seconds; 0 when there is none. */
  readonly lagSeconds: number;
}

/** How far a consumer of an event log is: a host's own, or the live build of a projection over events; or that of one over scores. */
export interface ConsumerStats {
  /** The log, or the table that is scored. */
  readonly log: string;
  /** Of a projection `projection:play_v1`. A host's own have no colon in their names. */
  readonly consumer: string;
  /** Events that it has not handled; subjects with new scores. */
  readonly behind: number;
  /** How long the oldest of those has been in the log, or has had new scores, in seconds; 0 when there is none. */
  readonly lagSeconds: number;
}

/** The state of a kind of table, summed up over all of that kind. */
export interface TableStats {
  readonly kind: 'slice' | 'run' | 'score' | 'standing' | 'job' | 'log' | 'other';
  readonly liveTuples: number;
  readonly deadTuples: number;
  readonly bytes: number;
  /** What their indexes take above what their entries need, estimated from the planner's statistics. */
  readonly indexBloatBytes: number;
}
