import type { CheckedEvent } from './flush.ts';

/** An event in the queue of its lane, with the call that waits for its receipt. */
export interface Entry extends CheckedEvent {
  readonly urgent: boolean;
  /** Place of its receipt in the call. */
  readonly index: number;
  readonly call: Call;
}

/** A call of ingest: told each receipt once, or that it has failed. */
export interface Call {
  settle(entry: Entry, outcome: EntryOutcome): void;
  fail(error: unknown): void;
}

/** What became of an entry in the end; `refused` carries the SQLSTATE with which Postgres would not store it. */
export type EntryOutcome = { readonly accepted: number } | 'duplicate' | 'conflict' | { readonly refused: string };

/** Events and their bytes, as a log counts them. */
export interface Load {
  events: number;
  bytes: number;
}

/** Entries that are worth a flush of their own, though more would come while the one before them is settled. */
const CROWD = 128;

/**
 * Writes entries and settles each of them; never rejects. When only settling is left, it waits for `goOn`.
 *
 * @param lane that of the entries, or the first, where those of all go together
 */
export type Write = (entries: readonly Entry[], lane: number, goOn: GoOn) => Promise<void>;

/** Begins the next flush if a crowd waits for it: whoever is answered has more to do, and the database would wait for that. */
export type GoOn = () => Promise<void> | undefined;

/** The writers of a log. Events wait here while a flush is under way, and then go together. */
export interface Lanes {
  push(entry: Entry): void;
  /** Resolves when nothing waits and no flush is under way. */
  idle(): Promise<void>;
  readonly waiting: number;
}

/** Two writers overlap: one parses and dedupes while the other commits. More would only tear flushes to pieces. */
const LANES = 2;

/**
 * Events in flight that go with one writer, all that wait in one flush: what a flush costs by itself is a good part of what
 * they cost, and two would take turns with halves of them.
 */
const FEW = 64;

/**
 * A flush that takes longer waits for something, such as a stream that a transaction holds, which need not hold up all. The lanes
 * then go apart, for as long as there are such flushes and a second more.
 */
const LONG_MS = 50;
const APART_MS = 1_000;

/** Most events and bytes of one flush, and entries of which a flush takes half at most; from `spikes.md` §1. */
const FLUSH_EVENTS = 2_000;
const FLUSH_BYTES = 4 * 2 ** 20;

/** What waits for one writer. */
interface Queue {
  readonly lane: number;
  readonly urgent: Entry[];
  readonly normal: Entry[];
  /** When the flush under way began that will look for more when it ends, as {@link performance} counts. */
  busySince: number | undefined;
}

/**
 * Opens the lanes, which shards are spread over. A flush begins once whoever shares the turn of the event loop has been heard,
 * so it adds no delay of its own. Each lane of a crowd has a flush under way, with at most half of what is in flight, so that
 * the other half can be collected meanwhile; a few go together. Who has been alone does not wait for the turn to end.
 */
export function openLanes(write: Write): Lanes {
  const queues = Array.from(
    { length: LANES },
    (_, lane): Queue => ({ lane, urgent: [], normal: [], busySince: undefined }),
  );
  /** In flight: what waits, and what is in a flush. */
  let load = 0;
  let flushes = 0;
  /** Of flushes of both lanes, which begin with either in turn: bytes may leave no room for the other. */
  let joint = 0;
  /** As {@link performance} counts. */
  let apartUntil = Number.NEGATIVE_INFINITY;
  let isWatched = false;
  let isAboutTo = false;
  let alone = true;
  const idlers: (() => void)[] = [];
  const waitingIn = (some: readonly Queue[]): number =>
    some.reduce((sum, { urgent, normal }) => sum + urgent.length + normal.length, 0);

  const flush = async (some: readonly Queue[], limit: number): Promise<void> => {
    const batch = take(some, limit);
    alone = batch.length === 1;
    flushes++;
    const since = performance.now();
    for (const queue of some) queue.busySince = since;
    let hasGoneOn = false;
    const goOn: GoOn = () => {
      if (hasGoneOn || waitingIn(some) < CROWD) return undefined;
      hasGoneOn = true;
      for (const queue of some) queue.busySince = undefined;
      start();
      // The statement is sent within this turn.
      return new Promise((resolve) => setImmediate(resolve));
    };
    try {
      await write(batch, some[0]?.lane ?? 0, goOn);
    } finally {
      flushes--;
      load -= batch.length;
      note(since);
      if (!hasGoneOn) for (const queue of some) queue.busySince = undefined;
      const waiting = waitingIn(queues);
      if (waiting > 0) begin(alone && waiting === 1);
      else if (load === 0) for (const resolve of idlers.splice(0)) resolve();
    }
  };
  /** Lanes go apart when a flush that began then has taken long. */
  const note = (since: number): void => {
    const now = performance.now();
    if (now - since > LONG_MS) apartUntil = now + APART_MS;
  };
  /** Whether lanes do not wait for each other: those of a crowd, or where one is held up. */
  const isApart = (): boolean => {
    if (load > FEW) return true;
    for (const { busySince } of queues) if (busySince !== undefined) note(busySince);
    return performance.now() < apartUntil;
  };
  const start = (): void => {
    isAboutTo = false;
    const free = queues.filter((queue) => queue.busySince === undefined && waitingIn([queue]) > 0);
    if (isApart()) {
      const limit = load > FEW ? Math.min(FLUSH_EVENTS, Math.ceil(load / 2)) : FEW;
      for (const queue of free) void flush([queue], limit);
    } else if (flushes === 0 && free.length > 0) {
      if (free.length > 1 && joint++ % 2 === 1) free.reverse();
      void flush(free, FEW);
    }
  };
  /** Looks again when a flush has taken long that others wait for. */
  const watch = (): void => {
    if (isWatched) return;
    isWatched = true;
    setTimeout(() => {
      isWatched = false;
      if (waitingIn(queues) === 0) return;
      start();
      watch();
    }, LONG_MS).unref();
  };
  /** Begins flushes when everybody has been heard who shares the turn, or at once for one who asks again after he was alone. */
  const begin = (atOnce: boolean): void => {
    if (isAboutTo) return;
    isAboutTo = true;
    (atOnce ? process.nextTick : setImmediate)(start);
  };
  return {
    push(entry) {
      load++;
      const queue = queues[entry.shard % LANES] as Queue;
      (entry.urgent ? queue.urgent : queue.normal).push(entry);
      if (flushes === 0 || (flushes < LANES && isApart())) begin(alone);
      else if (flushes < LANES) watch();
    },
    idle: () => (load === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
    get waiting() {
      return waitingIn(queues);
    },
  };
}

/** Roughly what an entry occupies in memory and on the wire, in bytes. */
export const sizeOf = (body: string, subject: string): number => body.length + subject.length + 200;

function take(some: readonly Queue[], limit: number): Entry[] {
  const batch: Entry[] = [];
  let bytes = 0;
  for (const entries of [...some.map(({ urgent }) => urgent), ...some.map(({ normal }) => normal)]) {
    let count = 0;
    while (count < entries.length && batch.length < limit && bytes < FLUSH_BYTES) {
      const entry = entries[count] as Entry;
      batch.push(entry);
      bytes += sizeOf(entry.body, entry.subject);
      count++;
    }
    if (count > 0) entries.splice(0, count);
  }
  return batch;
}
