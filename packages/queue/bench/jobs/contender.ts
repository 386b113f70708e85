/** A queue under measurement. All do the same: one row in the table `effect` for each job. */
export interface Contender {
  readonly name: string;
  /** Enqueues jobs as fast as the queue's own bulk call can. */
  enqueueAll(jobs: readonly Payload[]): Promise<unknown>;
  /** Enqueues one job and resolves when it is safe. */
  enqueue(job: Payload): Promise<unknown>;
  /** Works jobs until stopped. */
  work(): Promise<() => Promise<unknown>>;
  /** Forgets the jobs that wait. */
  clear(): Promise<unknown>;
  close(): Promise<unknown>;
}

/** The same payload for all. */
export interface Payload {
  readonly n: number;
  readonly match: string;
  readonly home: number;
  readonly away: number;
}

export const payload = (n: number): Payload => ({ n, match: `match-${n % 104}`, home: n % 5, away: n % 3 });

export const INSERT = 'insert into effect (n) values ($1)';
/** Handlers under way at a time, for everybody. */
export const WORKERS = 4;
