import { channel } from 'node:diagnostics_channel';

/**
 * What the pipeline says about itself, on `node:diagnostics_channel` under `scorekeep.<name>`. A fact is published
 * synchronously at the moment it names, so a subscriber can measure, log, or, in a drill, end the process right there.
 * Facts carry ids and counts, never a payload.
 */
export interface Facts {
  /** A worker has begun a slice, anew or from where it stands. What it does until it lets go is done inside `within`. */
  'slice.started': { slice: string; run: string; projection: number; crashes: number } & Encloses;
  /** A slice's effects and its checkpoint are written; the transaction is about to commit. */
  'slice.written': { slice: string; run: string; scored: number; rejected: number; done: boolean };
  /** They are committed. */
  'slice.committed': {
    slice: string;
    run: string;
    scored: number;
    rejected: number;
    done: boolean;
    milliseconds: number;
  };
  /** A slice was taken over from a worker that fell silent. `crashes` counts takeovers without progress between them. */
  'slice.recovered': { slice: string; run: string; crashes: number };
  /** A slice's transaction failed and was rolled back. */
  'slice.failed': { slice: string; run: string; verdict: 'retry' | 'data' | 'broken'; code: string };
  /** One item left its slice and became a job of its own. */
  'item.parked': { slice: string; run: string; projection: number };
  /** Nothing of a run's scope is left unscored. */
  'run.finished': { run: string };
  /** A lane has written what waited in it. `milliseconds` is the time of the statement and its retries. */
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
  /** A call of ingest had events that did not get into the log. */
  'ingest.refused': { log: string; late: number; quarantined: number; rejected: number };
  /** An append to a stream has been decided. */
  'stream.appended': { log: string; status: 'appended' | 'conflict' | 'command-conflict' | 'rejected'; events: number };
  /** A consumer has moved on, and what it did is committed. */
  'log.consumed': { log: string; consumer: string; events: number; milliseconds: number };
  /** A segment that is old enough was detached, or who held it up. */
  'segment.pruned': { log: string; number: number; detached: boolean; heldBy: string | undefined };
  /** A background error of the connection to Postgres or of pg-boss; the work goes on by itself. */
  'background.error': { where: string; error: unknown };
}

/**
 * Part of a fact about something that begins. A subscriber may set `within`: the work is then done inside it, which is
 * how a span becomes the active one, and learns how the work ended.
 */
export interface Encloses {
  within?: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Publishes that something begins, and does it inside what a subscriber put around it. */
export function enclose<Name extends Enclosing, T>(name: Name, fact: Facts[Name], work: () => Promise<T>): Promise<T> {
  publish(name, fact);
  return fact.within === undefined ? work() : fact.within(work);
}

type Enclosing = { [Name in keyof Facts]: 'within' extends keyof Facts[Name] ? Name : never }[keyof Facts];

/** Publishes a fact; costs a property read when nobody listens. */
export function publish<Name extends keyof Facts>(name: Name, fact: Facts[Name]): void {
  const target = CHANNELS[name];
  if (target.hasSubscribers) target.publish(fact);
}

const CHANNELS: { readonly [Name in keyof Facts]: ReturnType<typeof channel> } = {
  'slice.started': channel('scorekeep.slice.started'),
  'slice.written': channel('scorekeep.slice.written'),
  'slice.committed': channel('scorekeep.slice.committed'),
  'slice.recovered': channel('scorekeep.slice.recovered'),
  'slice.failed': channel('scorekeep.slice.failed'),
  'item.parked': channel('scorekeep.item.parked'),
  'run.finished': channel('scorekeep.run.finished'),
  'ingest.flushed': channel('scorekeep.ingest.flushed'),
  'ingest.refused': channel('scorekeep.ingest.refused'),
  'stream.appended': channel('scorekeep.stream.appended'),
  'log.consumed': channel('scorekeep.log.consumed'),
  'segment.pruned': channel('scorekeep.segment.pruned'),
  'background.error': channel('scorekeep.background.error'),
};
