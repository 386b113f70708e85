import type { Event, Parsed } from '@scorekeep/core/events';
import type pg from 'pg';
import { publish } from '../facts.ts';
import { askAgain, unavailable } from './ask-again.ts';
import type { Drifts } from './drift.ts';
import { type EventKey, eventKey } from './event-key.ts';
import type { EventLog } from './event-log.ts';
import { type CallContext, IngestCall, idOf } from './ingest-call.ts';
import { keepConnection } from './kept-connection.ts';
import { type Entry, type Load, openLanes, sizeOf } from './lanes.ts';
import { quarantine } from './quarantine.ts';
import { ERASED, type EventReceipt } from './receipt.ts';
import type { RegisteredLog } from './register-log.ts';
import { type SealKeys, seal, sealKeys } from './seal.ts';
import { shardOf } from './shard-of.ts';
import { type BatchTarget, writeBatch } from './write-batch.ts';

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

/** Opens the writers of a log. */
export function openIngester({ pool, log, registered, clock, drifts }: IngesterOptions): Ingester {
  const { parser, limits, horizon } = log;
  /** What calls hold that have not been answered: in the lanes, and before and beside them. */
  const held: Load = { events: 0, bytes: 0 };
  let ahead = clock - performance.now();
  const onClock = (heard: number): void => {
    ahead = heard - performance.now();
  };
  const clockNow = (): number => Math.floor(performance.now() + ahead);
  const targets: BatchTarget[] = [];
  const targetOf = (lane: number): BatchTarget => {
    targets[lane] ??= {
      pool,
      connection: keepConnection(pool),
      log: registered,
      lane,
      patience: limits.patience,
      waiting: () => lanes.waiting,
      onClock,
    };
    return targets[lane];
  };
  const lanes = openLanes((entries, lane, goOn) => writeBatch(targetOf(lane), entries, goOn));

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
    call: IngestCall,
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

  /** Answers what cannot go on, lays aside what is doubted, and hands the rest to the lanes. */
  const begin = (call: IngestCall, now: number, keys?: SealKeys): void => {
    const { parsed, receipts } = call;
    const entries: Entry[] = [];
    for (let index = 0; index < parsed.length; index++) {
      const one = parsed[index] as Parsed;
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
        else call.doubted.push({ entry, doubts: one.doubts });
      }
    }
    call.expect(entries.length);
    for (const entry of entries) lanes.push(entry);
  };

  const context: CallContext = {
    drifts,
    async keepAside({ parsed, receipts, doubted }) {
      const outcomes = await askAgain(asked, (sql) => quarantine(sql, registered, doubted));
      if (outcomes === undefined) throw unavailable(log, 'readonly');
      for (const [i, { entry, doubts }] of doubted.entries()) {
        const id = idOf(parsed[entry.index]);
        const status = outcomes[i] ?? 'quarantined';
        receipts[entry.index] = status === 'quarantined' ? { status, id, reasons: doubts } : { status, id };
      }
    },
    onEnd(call, receipts) {
      held.events -= call.load.events;
      held.bytes -= call.load.bytes;
      if (receipts !== undefined) tell(log.name, receipts);
    },
  };

  return {
    ingest: (input) =>
      new Promise((resolve, reject) => {
        if (held.events >= limits.waiting || held.bytes >= limits.waitingBytes) throw unavailable(log, 'busy');
        const now = clockNow();
        const parsed = typeof input === 'string' ? parser.parseText(input, now) : parser.parseBatch(input, now);
        const call = new IngestCall(context, parsed, loadOf(parsed), resolve, reject);
        held.events += call.load.events;
        held.bytes += call.load.bytes;
        const go = (keys?: SealKeys): void => {
          try {
            begin(call, now, keys);
          } catch (error) {
            call.fail(error);
          }
        };
        if (registered.erasable) keysInTurn(subjectsOf(parsed)).then(go, (error: unknown) => call.fail(error));
        else go();
      }),
    now: clockNow,
    idle: () => lanes.idle(),
  };
}

/** What a call holds until it is answered; bytes as the lanes count them. */
function loadOf(parsed: readonly Parsed[]): Load {
  const load: Load = { events: 0, bytes: 0 };
  for (const one of parsed) {
    if (one.status === 'rejected') continue;
    load.events++;
    load.bytes += sizeOf(one.event.json, one.event.subject);
  }
  return load;
}

const subjectsOf = (parsed: readonly Parsed[]): string[] => [
  ...new Set(parsed.flatMap((one) => (one.status === 'rejected' ? [] : [one.event.subject]))),
];

function tell(log: string, receipts: readonly EventReceipt[]): void {
  const tally = { late: 0, quarantined: 0, rejected: 0 };
  for (const { status } of receipts) if (status in tally) tally[status as keyof typeof tally]++;
  if (tally.late + tally.quarantined + tally.rejected > 0) publish('ingest.refused', { log, ...tally });
}
