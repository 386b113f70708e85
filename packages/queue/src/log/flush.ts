import { sqlState } from '../postgres/classify-error.ts';
import { integer, type Row } from '../postgres/sql.ts';
import { textArray } from '../postgres/text-array.ts';
import { arrayLiteral } from '../tables/array-literal.ts';
import type { NamedQuery } from './ask-again.ts';
import type { Fields } from './first-row.ts';
import { statementsOf } from './flush-statements.ts';
import { isSilence } from './in-time.ts';
import type { KeptConnection } from './kept-connection.ts';
import type { RegisteredLog } from './register-log.ts';

/** An event that has passed every check and waits to be written. */
export interface CheckedEvent {
  readonly key: string;
  readonly shard: number;
  readonly type: number;
  readonly schemaVersion: number;
  readonly subject: string;
  /** Unix milliseconds. */
  readonly occurredAt: number;
  /** Null where the key is the id. */
  readonly id: string | null;
  /** Null for the log's own. */
  readonly source: string | null;
  /** JSON text, or null. */
  readonly extensions: string | null;
  /** JSON text. */
  readonly body: string;
}

/** What became of one event of a flush; `again` when another writer of the same key had not committed yet. */
export type Outcome = { readonly accepted: number } | 'duplicate' | 'conflict' | 'again';

export interface Flushed {
  /** One per event, in order; undefined when the log is read-only and nothing was written. */
  readonly outcomes: readonly Outcome[] | undefined;
  /** The database's clock, in Unix milliseconds; undefined where it was heard a moment ago. */
  readonly clock: number | undefined;
}

/**
 * Writes events in one statement that commits by itself: what is new gets the next positions of its shard, in the order
 * given; what was seen before is told apart by its digest. Safe to repeat when its outcome is unknown. Nearly all events are
 * new, so that is tried first; where it was wrong, the next flushes look before they write.
 *
 * @param sql not within a transaction: that would end at the first event that is not new
 * @param events no key twice within a shard
 */
export async function flush(sql: Flushable, log: RegisteredLog, events: readonly CheckedEvent[]): Promise<Flushed> {
  const wary = flushesToLook.get(log) ?? 0;
  if (wary === 0) {
    const flushed = await flushFresh(sql, log, events);
    if (flushed !== undefined) return flushed;
  }
  const flushed = await flushAny(sql, log, events);
  const allNew = flushed.outcomes?.every((outcome) => typeof outcome === 'object') ?? true;
  flushesToLook.set(log, allNew ? Math.max(0, wary - 1) : LOOKING);
  return flushed;
}

/** How many of the next flushes of a log will not take its events for new. */
const flushesToLook = new WeakMap<RegisteredLog, number>();

/** A flush that is in vain costs two or three times what looking costs. */
const LOOKING = 8;

/** As {@link flush}, but looks before it writes, so that it goes well in a transaction. */
export async function flushAny(sql: Flushable, log: RegisteredLog, events: readonly CheckedEvent[]): Promise<Flushed> {
  const { rows } = await sql.query({ ...statementsOf(log).any, values: [...usual(events), ...rare(events)] });
  return read(log, events, rows);
}

/** Runs a named statement: a pool, a client, or what asks again. */
interface Flushable {
  query(query: NamedQuery): Promise<{ rows: Row[] }>;
}

/** Undefined when nothing was written: an event was there already, or the log is read-only. */
async function flushFresh(
  sql: Flushable,
  log: RegisteredLog,
  events: readonly CheckedEvent[],
): Promise<Flushed | undefined> {
  try {
    const { rows } = await sql.query(freshOf(log, events));
    if (rows.length === 0) return undefined;
    const next = new Array<number>(log.shards).fill(Number.NaN);
    for (const row of rows) next[integer(row, 'shard')] = integer(row, 'base') + 1;
    return { outcomes: events.map((event) => accept(event, next)), clock: Number(rows[0]?.['clock']) };
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) return undefined;
    throw error;
  }
}

const UNIQUE_VIOLATION = '23505';

/**
 * As {@link flush}, for one event that is new: a caller who is alone should not wait for machinery that pays off in crowds, nor
 * for what was heard a moment ago. Undefined where that led nowhere, for whatever reason but silence: {@link flush} finds out.
 *
 * @throws an error that `isSilence`, of `in-time.ts`
 */
export async function flushOne(
  connection: KeptConnection,
  log: RegisteredLog,
  event: CheckedEvent,
  milliseconds: number,
): Promise<{ readonly position: number; readonly clock: number | undefined } | undefined> {
  if ((flushesToLook.get(log) ?? 0) > 0) return undefined;
  let fields: Fields | undefined;
  try {
    fields = await connection.firstRow(queryOf(log, event), milliseconds);
  } catch (error) {
    if (isSilence(error)) throw error;
    if (sqlState(error) === UNIQUE_VIOLATION) flushesToLook.set(log, LOOKING);
  }
  if (fields === undefined) return undefined;
  const [last, clock] = fields;
  const position = Number(last);
  if (clock === undefined) return { position, clock };
  clockHeard.set(log, performance.now());
  return { position, clock: Number(clock) };
}

function queryOf(log: RegisteredLog, event: CheckedEvent): NamedQuery {
  const { key, shard, type, schemaVersion, occurredAt, subject, id, source, body, extensions } = event;
  const values = [key, shard, type, schemaVersion, occurredAt, subject, body];
  const { one, oneWhole } = statementsOf(log);
  const isClockFresh = performance.now() - (clockHeard.get(log) ?? Number.NEGATIVE_INFINITY) < CLOCK_MS;
  return isUsual(event) && isClockFresh
    ? { ...one, values }
    : { ...oneWhole, values: [...values, id, source, extensions] };
}

/** When a caller who was alone heard the database's clock, as {@link performance} counts, and for how long that will do. */
const clockHeard = new WeakMap<RegisteredLog, number>();
const CLOCK_MS = 1_000;

/** The statement with the events of a shard one after the other, in their order, how many come before those of each, and how many there are. */
function freshOf(log: RegisteredLog, events: readonly CheckedEvent[]): NamedQuery {
  const of = Array.from({ length: log.shards }, (): CheckedEvent[] => []);
  for (const event of events) of[event.shard]?.push(event);
  const offsets = [0];
  for (const { length } of of) offsets.push((offsets.at(-1) ?? 0) + length);
  const ordered = of.flat();
  const { fresh, freshWhole } = statementsOf(log);
  return ordered.every(isUsual)
    ? { ...fresh, values: [...usual(ordered), arrayLiteral(offsets)] }
    : { ...freshWhole, values: [...usual(ordered), ...rare(ordered), arrayLiteral(offsets)] };
}

/** Whether an event has nothing of what few have. */
const isUsual = ({ id, source, extensions }: CheckedEvent): boolean =>
  id === null && source === null && extensions === null;

/** The parameters with what every event has. */
const usual = (events: readonly CheckedEvent[]): string[] => [
  joined(events, (event) => event.key),
  joined(events, (event) => event.shard),
  joined(events, (event) => event.type),
  joined(events, (event) => event.schemaVersion),
  joined(events, (event) => event.occurredAt),
  textArray(events.map((event) => event.subject)),
  `[${events.map((event) => event.body).join(',')}]`,
];

/** Those with what few have: ids, sources, extensions. Shorter lists are filled up with NULL, so what nobody has sends nothing. */
const rare = (events: readonly CheckedEvent[]): string[] => [
  events.some((event) => event.id !== null) ? textArray(events.map((event) => event.id)) : '{}',
  events.some((event) => event.source !== null) ? textArray(events.map((event) => event.source)) : '{}',
  events.some((event) => event.extensions !== null)
    ? `[${events.map((event) => event.extensions ?? 'null').join(',')}]`
    : '[]',
];

/** An array literal of what needs no quotes. */
function joined(events: readonly CheckedEvent[], of: (event: CheckedEvent) => string | number): string {
  return `{${events.map(of).join(',')}}`;
}

function read(log: RegisteredLog, events: readonly CheckedEvent[], rows: readonly Row[]): Flushed {
  const next = new Array<number>(log.shards).fill(Number.NaN);
  const refused = new Map<number, Outcome>();
  let clock = 0;
  for (const row of rows) {
    if (row['n'] === null) next[integer(row, 'shard')] = integer(row, 'value') + 1;
    else if (row['shard'] === null) {
      clock = Number(row['value']);
      if (row['same'] === true) return { outcomes: undefined, clock };
    } else refused.set(integer(row, 'n'), VERDICTS.get(row['same']) ?? 'again');
  }
  const outcomes = events.map((event, i) => refused.get(i + 1) ?? accept(event, next));
  return { outcomes, clock };
}

/** The next position of its shard. */
function accept({ shard }: CheckedEvent, next: number[]): Outcome {
  const position = next[shard] ?? Number.NaN;
  next[shard] = position + 1;
  return { accepted: position };
}

const VERDICTS: ReadonlyMap<unknown, Outcome> = new Map<unknown, Outcome>([
  [true, 'duplicate'],
  [false, 'conflict'],
]);
