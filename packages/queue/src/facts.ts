import { channel, subscribe as listen, unsubscribe } from 'node:diagnostics_channel';
import type { ConstructorOptions } from 'pg-boss';
import type { Keep } from './keep.ts';

/**
 * What the pipeline says about itself, on `node:diagnostics_channel` under `scorekeep.<name>`. A fact is published
 * synchronously at the moment it names, so a subscriber can measure, log, or, in a drill, end the process right there.
 * Facts carry ids and counts, never a payload.
 */
export interface Facts {
  /** `connect` is about to start pg-boss. A subscriber may set how pg-boss is to be observed. */
  'connection.opening': { schema: string; openTelemetry?: NonNullable<ConstructorOptions['openTelemetry']> };
  /** `connect` is about to answer this handle. */
  'connection.opened': { schema: string; keep: Keep };
  /** A handle is about to be closed: the last moment to use it. */
  'connection.closing': { schema: string; keep: Keep };
  /** This process serves projections from now on, `workers` slices of each at a time. */
  'work.started': { schema: string; labels: readonly string[]; workers: number };
  /** It looked for what dead workers left lying, as it does a few times a second for as long as it serves. */
  'work.swept': { schema: string; labels: readonly string[] };
  /** A run and its slices are about to be written, inside `within`; what its slices cause is caused by the carrier. */
  'run.started': { run: string; projection: number; label: string; slices: number; expected: number } & Carries &
    Encloses;
  /** A worker has begun a slice, anew or from where it stands. What it does until it lets go is done inside `within`. */
  'slice.started': {
    slice: string;
    run: string;
    projection: number;
    /** Name and version of the projection: `points_v1`. */
    label: string;
    /** 1 for the first time that it is begun. */
    start: number;
    crashes: number;
    /** Seconds since it was made, by the database's clock. */
    waitedSeconds: number;
    /** What the subscriber that saw 'run.started' left there. */
    carrier: Carrier | null;
  } & Encloses;
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
    /** Seconds since this worker began the slice, by the database's clock. */
    workedSeconds: number;
    /** Seconds since the slice was made, by the database's clock. */
    ageSeconds: number;
  };
  /** A slice was taken over from a worker that fell silent. `crashes` counts takeovers without progress between them. */
  'slice.recovered': { slice: string; run: string; crashes: number };
  /** A slice's transaction failed and was rolled back. */
  'slice.failed': { slice: string; run: string; verdict: 'retry' | 'data' | 'broken'; code: string };
  /** One item left its slice and became a job of its own. */
  'item.parked': { slice: string; run: string; projection: number };
  /**
   * An event or a subject that was put aside was tried again: done with, failed and tried again later, failed for the last time and
   * dead-lettered, or put off through no fault of its own. Parked items of tables are jobs: facts `job.…` with the queue
   * `parked/<projection>` tell of them.
   */
  'item.retried': {
    job: string;
    label: string;
    outcome: 'done' | 'failed' | 'dead' | 'postponed';
    code: string | null;
  };
  /** Nothing of a run's scope is left unscored. `carrier` is what a subscriber stored with it. */
  'run.finished': { run: string; projection: number; label: string; seconds: number; carrier: Carrier | null };
  /** A lane has written what waited in it, or the first of them what waited in all. `milliseconds` is the time of the statement and its retries. */
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
  /**
   * A step of a projection over a log or over scores begins, of the live build or of one that is made, and is done inside `within`. It
   * answers nothing when there turns out to be nothing to do, or others do it.
   */
  'projection.stepping': { log: string; label: string } & Encloses;
  /** A step of a projection over a log is written; the transaction is about to commit. */
  'projection.written': { log: string; label: string; events: number; parked: number };
  /**
   * It is committed: so many events are passed, of which some are put aside, and so many of the same shards wait. The first of
   * the events, nearly always the oldest, had waited for `lagSeconds` when the step began, by the database's clock.
   */
  'projection.applied': {
    log: string;
    /** Name and version of the projection: `play_v1`. */
    label: string;
    events: number;
    parked: number;
    behind: number;
    lagSeconds: number;
    milliseconds: number;
  };
  /** An event failed and became a job of its own, if the transaction commits. */
  'event.parked': { log: string; label: string; shard: number; position: number; code: string };
  /** A step was rolled back through no fault of an event or a subject; it is tried again. */
  'projection.failed': { log: string; label: string; verdict: 'retry' | 'broken' | 'crashed'; code: string };
  /**
   * Subjects were folded again from their scores, of which so many are put aside; it is committed. The scores of one of them had
   * changed `lagSeconds` before it began, those of the others later, by the database's clock.
   */
  'subjects.refolded': {
    /** The table that was scored, or is folded as it is. */
    log: string;
    /** Name and version of the projection: `form_v1`. */
    label: string;
    build: number;
    subjects: number;
    parked: number;
    lagSeconds: number;
    milliseconds: number;
  };
  /** The fold of a subject failed, and it became a job of its own, if the transaction commits. */
  'subject.parked': { log: string; label: string; build: number; code: string };
  /** A projection was folded anew, and compared with what it was in so many subjects. */
  'projection.rebuilt': { label: string; build: number; before: number; differing: number; swapped: boolean };
  /** A segment that is old enough was detached, or who held it up. */
  'segment.pruned': { log: string; number: number; detached: boolean; heldBy: string | undefined };
  /**
   * A schedule fell due so many times while no process looked at schedules: one job makes up for all of them, if it is to catch
   * up, and none if not. Of all processes one says so.
   */
  'schedule.missed': { queue: string; runs: number; caughtUp: boolean };
  /** This process works a queue of jobs from now on, `slots` jobs of it at a time. */
  'job.served': { schema: string; queue: string; slots: number };
  /** Payloads were enqueued, or not; with a transaction of the caller's, if that commits. */
  'job.enqueued': { queue: string; accepted: number; duplicate: number; refused: number; rejected: number };
  /** A claim was committed. Claimed mode only. */
  'job.claimed': { queue: string; job: string; attempt: number };
  /**
   * A handler begins: with one job, or with the jobs of a `runBatch`. It may begin again for the same jobs within one
   * transaction, when a neighbour has failed. `traceContexts` are those that they were enqueued in. What the handler does is
   * done inside `within`.
   */
  'job.started': {
    queue: string;
    jobs: readonly string[];
    /** From 0; of a batch, the greatest. */
    attempt: number;
    traceContexts: readonly Readonly<Record<string, string>>[];
  } & Encloses;
  /** Effects and acknowledgements are written; the transaction is about to commit. */
  'job.written': { queue: string; jobs: number };
  /**
   * Committed: how one job ended. `dead` is dead-lettered, by the handler's answer or because no try is left. `waitMs` is from
   * when it could have begun to its claim, by the database's clock; `processMs` is from there to here in this process, of a
   * `runBatch` for the whole batch; `ageMs` from when the job was made to here, all of its attempts and delays included.
   */
  'job.settled': {
    queue: string;
    job: string;
    outcome: 'ok' | 'retry' | 'dead';
    code: string | null;
    attempt: number;
    waitMs: number;
    processMs: number;
    ageMs: number;
  };
  /** A transaction was rolled back through no fault of its jobs; nothing is charged. */
  'job.interrupted': { queue: string; code: string };
  /** Batches were in hand when their process died, or for longer than their deadline; they come back in smaller company. */
  'job.crashed': { queue: string; jobs: number; batches: number; reason: 'worker' | 'deadline' };
  /** A claim was taken back from a worker that died, or took too long. */
  'job.reaped': { queue: string; job: string; attempt: number; reason: 'worker' | 'deadline' };
  /** A background error of the connection to Postgres or of pg-boss; the work goes on by itself. */
  'background.error': { where: string; error: unknown };
  /** pg-boss advises to look at something: a slow query, a skewed clock, a bloated index. */
  'background.warning': { where: string };
}

/**
 * Part of a fact about something that begins. A subscriber may set `within`: the work is then done inside it, which is
 * how a span becomes the active one, and learns how the work ended.
 */
export interface Encloses {
  within?: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Part of a fact about something that will cause work elsewhere and later. A subscriber may set `carrier`: it is stored
 * with the work and comes back with the fact that the work begins, which is how traces are joined. At most
 * {@link CARRIER_MAX} characters as JSON, and of texts that Postgres can store, or it is left out.
 */
export interface Carries {
  carrier?: Carrier;
}

/** Short texts by name, such as `traceparent`. */
export type Carrier = Readonly<Record<string, string>>;

const CARRIER_MAX = 1_024;

/** A carrier as it is stored; null when there is none, or one that is too long or that Postgres would refuse, and the run with it. */
export function storedCarrier({ carrier = {} }: Carries): string | null {
  const texts: unknown[] = Object.entries(carrier).flat();
  if (texts.length === 0 || !texts.every(isStorable)) return null;
  const stored = JSON.stringify(carrier);
  return stored.length <= CARRIER_MAX ? stored : null;
}

const isStorable = (text: unknown): boolean => typeof text === 'string' && !/[\0\p{Cs}]/u.test(text);

/** Hears each fact of a name; the returned function ends that. What a subscriber throws is thrown outside the work. */
export function subscribe<Name extends keyof Facts>(name: Name, hear: (fact: Facts[Name]) => void): () => void {
  const onMessage = (message: unknown): void => hear(message as Facts[Name]);
  listen(`scorekeep.${name}`, onMessage);
  return () => {
    unsubscribe(`scorekeep.${name}`, onMessage);
  };
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
  'connection.opening': channel('scorekeep.connection.opening'),
  'connection.opened': channel('scorekeep.connection.opened'),
  'connection.closing': channel('scorekeep.connection.closing'),
  'work.started': channel('scorekeep.work.started'),
  'work.swept': channel('scorekeep.work.swept'),
  'run.started': channel('scorekeep.run.started'),
  'slice.started': channel('scorekeep.slice.started'),
  'slice.written': channel('scorekeep.slice.written'),
  'slice.committed': channel('scorekeep.slice.committed'),
  'slice.recovered': channel('scorekeep.slice.recovered'),
  'slice.failed': channel('scorekeep.slice.failed'),
  'item.parked': channel('scorekeep.item.parked'),
  'item.retried': channel('scorekeep.item.retried'),
  'run.finished': channel('scorekeep.run.finished'),
  'ingest.flushed': channel('scorekeep.ingest.flushed'),
  'ingest.refused': channel('scorekeep.ingest.refused'),
  'stream.appended': channel('scorekeep.stream.appended'),
  'log.consumed': channel('scorekeep.log.consumed'),
  'projection.stepping': channel('scorekeep.projection.stepping'),
  'projection.written': channel('scorekeep.projection.written'),
  'projection.applied': channel('scorekeep.projection.applied'),
  'event.parked': channel('scorekeep.event.parked'),
  'projection.failed': channel('scorekeep.projection.failed'),
  'subjects.refolded': channel('scorekeep.subjects.refolded'),
  'subject.parked': channel('scorekeep.subject.parked'),
  'projection.rebuilt': channel('scorekeep.projection.rebuilt'),
  'segment.pruned': channel('scorekeep.segment.pruned'),
  'schedule.missed': channel('scorekeep.schedule.missed'),
  'job.served': channel('scorekeep.job.served'),
  'job.enqueued': channel('scorekeep.job.enqueued'),
  'job.claimed': channel('scorekeep.job.claimed'),
  'job.started': channel('scorekeep.job.started'),
  'job.written': channel('scorekeep.job.written'),
  'job.settled': channel('scorekeep.job.settled'),
  'job.interrupted': channel('scorekeep.job.interrupted'),
  'job.crashed': channel('scorekeep.job.crashed'),
  'job.reaped': channel('scorekeep.job.reaped'),
  'background.error': channel('scorekeep.background.error'),
  'background.warning': channel('scorekeep.background.warning'),
};
