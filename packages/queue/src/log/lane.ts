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
 *
 * @param write writes entries, no key twice, and settles each of them; never rejects
 */
export function openLane(load: Load, write: (entries: readonly Entry[]) => Promise<void>): Lane {
  const urgent: Entry[] = [];
  const normal: Entry[] = [];
  let busy = false;
  let alone = true;
  const idlers: (() => void)[] = [];

  const flush = async (): Promise<void> => {
    const batch = take(urgent, normal, Math.max(1, Math.min(FLUSH_EVENTS, Math.ceil(load.events / 2))));
    alone = batch.length === 1;
    try {
      await write(batch);
    } finally {
      load.events -= batch.length;
      for (const entry of batch) load.bytes -= sizeOf(entry);
      next();
    }
  };
  const next = (): void => {
    busy = urgent.length + normal.length > 0;
    if (busy) setImmediate(() => void flush());
    else for (const resolve of idlers.splice(0)) resolve();
  };
  return {
    push(entry) {
      load.events++;
      load.bytes += sizeOf(entry);
      (entry.urgent ? urgent : normal).push(entry);
      if (busy) return;
      busy = true;
      (alone ? process.nextTick : setImmediate)(() => void flush());
    },
    idle: () => (busy ? new Promise((resolve) => idlers.push(resolve)) : Promise.resolve()),
    get waiting() {
      return urgent.length + normal.length;
    },
  };
}

/** Roughly what an entry occupies in memory and on the wire, in bytes. */
export const sizeOf = (event: Pick<CheckedEvent, 'body' | 'subject'>): number =>
  event.body.length + event.subject.length + 200;

function take(urgent: Entry[], normal: Entry[], limit: number): Entry[] {
  const batch: Entry[] = [];
  let bytes = 0;
  for (const queue of [urgent, normal]) {
    let count = 0;
    while (count < queue.length && batch.length < limit && bytes < FLUSH_BYTES) {
      const entry = queue[count] as Entry;
      batch.push(entry);
      bytes += sizeOf(entry);
      count++;
    }
    queue.splice(0, count);
  }
  return batch;
}
