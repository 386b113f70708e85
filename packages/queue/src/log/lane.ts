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

/** What all lanes of a log hold together: waiting, or in a flush under way. */
export interface Load {
  events: number;
  bytes: number;
}

/** Entries that are worth a flush of their own, though more would come while the one before them is settled. */
const CROWD = 128;

/** Writes entries, no key twice, and settles each of them; never rejects. When only settling is left, it waits for `goOn`. */
export type Write = (entries: readonly Entry[], goOn: GoOn) => Promise<void>;

/** Begins the next flush if a crowd waits for it: whoever is answered has more to do, and the database would wait for that. */
export type GoOn = () => Promise<void> | undefined;

/** One writer of a log. Events wait here while the flush before them is under way, and then go together. */
export interface Lane {
  push(entry: Entry): void;
  /** Resolves when nothing waits and no flush is under way. */
  idle(): Promise<void>;
  readonly waiting: number;
}

/** Most events and bytes of one flush, and entries of which a flush takes half at most; from `spikes.md` §1. */
const FLUSH_EVENTS = 2_000;
const FLUSH_BYTES = 4 * 2 ** 20;

/**
 * Opens a lane. A flush begins once whoever shares the turn of the event loop has been heard, so it adds no delay of its
 * own, and takes at most half of what is in flight, so that the other half can be collected meanwhile. Who has been alone
 * does not wait for the turn to end.
 */
export function openLane(load: Load, write: Write): Lane {
  const urgent: Entry[] = [];
  const normal: Entry[] = [];
  /** Whether a flush is under way, or about to be, that will look for more when it ends. */
  let busy = false;
  let alone = true;
  let flushes = 0;
  const idlers: (() => void)[] = [];
  const waiting = (): number => urgent.length + normal.length;

  const flush = async (): Promise<void> => {
    const batch = take(urgent, normal, Math.max(1, Math.min(FLUSH_EVENTS, Math.ceil(load.events / 2))));
    alone = batch.length === 1;
    flushes++;
    let hasGoneOn = false;
    const goOn: GoOn = () => {
      if (hasGoneOn || waiting() < CROWD) return undefined;
      hasGoneOn = true;
      void flush();
      // The statement is sent within this turn.
      return new Promise((resolve) => setImmediate(resolve));
    };
    try {
      await write(batch, goOn);
    } finally {
      flushes--;
      load.events -= batch.length;
      for (const { body, subject } of batch) load.bytes -= sizeOf(body, subject);
      if (!hasGoneOn) next();
      if (isIdle()) for (const resolve of idlers.splice(0)) resolve();
    }
  };
  const next = (): void => {
    busy = waiting() > 0;
    if (busy) begin(alone && waiting() === 1);
  };
  /** Begins a flush when everybody has been heard who shares the turn, or at once for one who asks again after he was alone. */
  const begin = (atOnce: boolean): void => void (atOnce ? process.nextTick : setImmediate)(() => void flush());
  const isIdle = (): boolean => flushes === 0 && !busy;
  return {
    push(entry) {
      load.events++;
      load.bytes += sizeOf(entry.body, entry.subject);
      (entry.urgent ? urgent : normal).push(entry);
      if (busy) return;
      busy = true;
      begin(alone);
    },
    idle: () => (isIdle() ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
    get waiting() {
      return waiting();
    },
  };
}

/** Roughly what an entry occupies in memory and on the wire, in bytes. */
export const sizeOf = (body: string, subject: string): number => body.length + subject.length + 200;

function take(urgent: Entry[], normal: Entry[], limit: number): Entry[] {
  const batch: Entry[] = [];
  let bytes = 0;
  for (const queue of [urgent, normal]) {
    let count = 0;
    while (count < queue.length && batch.length < limit && bytes < FLUSH_BYTES) {
      const entry = queue[count] as Entry;
      batch.push(entry);
      bytes += sizeOf(entry.body, entry.subject);
      count++;
    }
    if (count > 0) queue.splice(0, count);
  }
  return batch;
}
