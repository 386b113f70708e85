import type { Event, Parsed } from '@scorekeep/core/events';
import type pg from 'pg';
import { publish } from '../facts.ts';
import { askAgain, unavailable } from './ask-again.ts';
import type { Drifts } from './drift.ts';
import { type EventKey, eventKey } from './event-key.ts';
import type { EventLog } from './event-log.ts';
import { type Call, type Entry, type EntryOutcome, type Lane, type Load, openLane, sizeOf } from './lane.ts';
import { type Doubted, quarantine } from './quarantine.ts';
import { ERASED, type EventReceipt, type Refusal } from './receipt.ts';
import type { RegisteredLog } from './register-log.ts';
import { type SealKeys, seal, sealKeys } from './seal.ts';
import { shardOf } from './shard-of.ts';
import { writeBatch } from './write-batch.ts';

/** Takes events into one log; one per process and log. */
export interface Ingester {
  ingest(input: unknown): Promise<readonly EventReceipt[]>;
  /** The database's clock, in Unix milliseconds, as it was last heard. */
  now(): number;
  /** Resolves when everything that was taken has been written. */
  idle(): Promise<void>;
}

export interface IngesterOptions {
  readonly pool: pg.Pool;
  readonly log: EventLog;
  readonly registered: RegisteredLog;
  /** The database's clock when the log was registered, in Unix milliseconds. */
  readonly clock: number;
  readonly drifts: Drifts;
}

/** Two writers overlap: one parses and dedupes while the other commits. More would only tear flushes to pieces. */
const LANES = 2;

/** Opens the writers of a log. */
export function openIngester({ pool, log, registered, clock, drifts }: IngesterOptions): Ingester {
  const { parser, limits, horizon } = log;
  const load: Load = { events: 0, bytes: 0 };
  /** What calls hold that have not been answered: in the lanes, and before and beside them. */
  const held: Load = { events: 0, bytes: 0 };
  let ahead = clock - performance.now();
  const onClock = (heard: number): void => {
    ahead = heard - performance.now();
  };
  const clockNow = (): number => Math.floor(performance.now() + ahead);
  const waiting = (): number => lanes.reduce((sum, lane) => sum + lane.waiting, 0);
  const lanes: Lane[] = Array.from({ length: LANES }, (_, lane) => {
    const target = { pool, log: registered, lane, patience: limits.patience, waiting, onClock };
    return openLane(load, (entries) => writeBatch(target, entries));
  });

  const asked = { pool, log, patience: limits.patience };

  let turn: Promise<unknown> = Promise.resolve();
  /** Keys come in any order; calls go on in the order in which they began, which is that of a subject's events. */
  const keysInTurn = async (subjects: readonly string[]): Promise<SealKeys> => {
    const found = askAgain(asked, (sql) => sealKeys(sql, registered, subjects));
    const before = turn;
    turn = found.then(
      () => before,
      () => before,
    );
    const keys = await found;
    await before;
    return keys;
  };

  const entryOf = (
    event: Event,
    { key, isId }: EventKey,
    call: Call,
    index: number,
    keys: SealKeys | undefined,
  ): Entry => ({
    key,
    shard: shardOf(event.subject, registered.shards),
    type: registered.typeIds.get(event.type) ?? Number.NaN,
    schemaVersion: event.version,
    subject: event.subject,
    occurredAt: event.time,
    id: isId ? null : event.id,
    source: event.source === log.source ? null : event.source,
    extensions: event.extensions === undefined ? null : JSON.stringify(event.extensions),
    body: keys === undefined ? event.json : seal(keys, event.subject, key, event.data),
    urgent: event.urgent,
    index,
    call,
  });

  const take = async (parsed: readonly Parsed[], now: number): Promise<readonly EventReceipt[]> => {
    const keys = registered.erasable ? await keysInTurn(subjectsOf(parsed)) : undefined;
    const receipts = new Array<EventReceipt | undefined>(parsed.length);
    const doubted: Doubted[] = [];
    await written(
      (call) => {
        const entries: Entry[] = [];
        for (const [index, one] of parsed.entries()) {
          if (one.status === 'rejected') receipts[index] = { status: 'rejected', id: one.id, reason: one.reason };
          if (one.status !== 'accepted' && one.status !== 'quarantined') continue;
          const { event } = one;
          const identity = eventKey(event.id, event.source === log.source ? undefined : event.source);
          if (horizon !== null && identity.time !== undefined && identity.time < now - horizon) {
            receipts[index] = { status: 'late', id: event.id };
          } else if (keys?.get(event.subject) === null) {
            receipts[index] = { status: 'rejected', id: event.id, reason: ERASED };
          } else {
            const entry = entryOf(event, identity, call, index, keys);
            if (one.status === 'accepted') entries.push(entry);
            else doubted.push({ entry, doubts: one.doubts });
          }
        }
        for (const entry of entries) (lanes[entry.shard % LANES] as Lane).push(entry);
        return entries.length;
      },
      (entry, outcome) => {
        const one = parsed[entry.index];
        receipts[entry.index] = receiptOf(one, entry, outcome);
        if (typeof outcome === 'object' && 'accepted' in outcome && one !== undefined && 'event' in one) {
          if (one.event.drift !== undefined) drifts.count(entry.type, one.event.drift);
        }
      },
    );
    if (doubted.length > 0) {
      const outcomes = await askAgain(asked, (sql) => quarantine(sql, registered, doubted));
      if (outcomes === undefined) throw unavailable(log, 'readonly');
      for (const [i, { entry, doubts }] of doubted.entries()) {
        const id = idOf(parsed[entry.index]);
        const status = outcomes[i] ?? 'quarantined';
        receipts[entry.index] = status === 'quarantined' ? { status, id, reasons: doubts } : { status, id };
      }
    }
    const all = parsed.map((one, index) => receipts[index] ?? repeated(one, receipts));
    tell(log.name, all);
    return all;
  };

  return {
    async ingest(input) {
      if (held.events >= limits.waiting || held.bytes >= limits.waitingBytes) throw unavailable(log, 'busy');
      const now = clockNow();
      const parsed = typeof input === 'string' ? parser.parseText(input, now) : parser.parseBatch(input, now);
      const { events, bytes } = loadOf(parsed);
      held.events += events;
      held.bytes += bytes;
      try {
        return await take(parsed, now);
      } finally {
        held.events -= events;
        held.bytes -= bytes;
      }
    },
    now: clockNow,
    async idle() {
      await Promise.all(lanes.map((lane) => lane.idle()));
    },
  };
}

/** Begins a call and resolves when each of its entries, as many as `begin` answers, has been settled. */
function written(begin: (call: Call) => number, settle: (entry: Entry, outcome: EntryOutcome) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = begin({
      settle(entry, outcome) {
        settle(entry, outcome);
        if (--left === 0) resolve();
      },
      fail: reject,
    });
    if (left === 0) resolve();
  });
}

/** What a call holds until it is answered; bytes as the lanes count them. */
function loadOf(parsed: readonly Parsed[]): Load {
  const load: Load = { events: 0, bytes: 0 };
  for (const one of parsed) {
    if (one.status === 'rejected') continue;
    load.events++;
    load.bytes += sizeOf({ body: one.event.json, subject: one.event.subject });
  }
  return load;
}

const subjectsOf = (parsed: readonly Parsed[]): string[] => [
  ...new Set(parsed.flatMap((one) => (one.status === 'rejected' ? [] : [one.event.subject]))),
];

const idOf = (parsed: Parsed | undefined): string =>
  parsed === undefined || parsed.status === 'rejected' ? '' : parsed.event.id;

function receiptOf(parsed: Parsed | undefined, { shard }: Entry, outcome: EntryOutcome): EventReceipt {
  const id = idOf(parsed);
  if (typeof outcome === 'string') return { status: outcome, id };
  if ('accepted' in outcome) return { status: 'accepted', id, shard, position: outcome.accepted };
  const reason: Refusal = { code: 'database', path: outcome.refused, message: 'Postgres cannot store it.' };
  return { status: 'rejected', id, reason };
}

/** The receipt of an event that repeats an earlier one of its request. */
function repeated(parsed: Parsed, receipts: readonly (EventReceipt | undefined)[]): EventReceipt {
  const id = idOf(parsed);
  const first = 'of' in parsed ? receipts[parsed.of] : undefined;
  if (parsed.status !== 'duplicate' || first === undefined) return { status: 'conflict', id };
  return first.status === 'accepted' ? { status: 'duplicate', id } : first;
}

function tell(log: string, receipts: readonly EventReceipt[]): void {
  const tally = { late: 0, quarantined: 0, rejected: 0 };
  for (const { status } of receipts) if (status in tally) tally[status as keyof typeof tally]++;
  if (tally.late + tally.quarantined + tally.rejected > 0) publish('ingest.refused', { log, ...tally });
}
