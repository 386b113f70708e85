import { createHash, createHmac, randomUUID } from 'node:crypto';
import {
  type ChainHead,
  chainAppend,
  chainStart,
  type Doubt,
  type EventType,
  type NewEventOf,
  payloadDigest,
  type Rejection,
} from '@scorekeep/core/events';
import { canonicalJson } from '@scorekeep/core/rules';
import type pg from 'pg';
import { ScorekeepError } from '../errors.ts';
import { publish } from '../facts.ts';
import { classifyError, sqlState } from '../postgres/classify-error.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text, textOrNull } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import { arrayLiteral } from '../tables/array-literal.ts';
import { isOutOfSegments, unavailable } from './ask-again.ts';
import type { EventLog } from './event-log.ts';
import type { Refusal } from './receipt.ts';
import { eventTable, type RegisteredLog } from './register-log.ts';
import { type SealKeys, seal, sealKeys } from './seal.ts';
import { ensureSegments } from './segment.ts';
import { shardOf } from './shard-of.ts';
import { textArray } from './text-array.ts';

/**
 * What a stream must be for an append to happen: at this version, without events (`'none'` or 0), with events
 * (`'exists'`), or whatever it is (`'any'`).
 */
export type ExpectedVersion = number | 'none' | 'exists' | 'any';

export interface AppendOptions {
  readonly expectedVersion: ExpectedVersion;
  /** Names the command: the same command again gets its first answer, and nothing is appended. At most 255 characters. */
  readonly commandId?: string;
  /** When it happened, in Unix milliseconds. Default: now, by the database's clock. */
  readonly time?: number;
  /** The host's transaction; nothing is appended unless it commits. Append last: others on the same shard wait for it. */
  readonly tx?: Sql;
}

/** What became of an append. All of its events are appended, or none. */
export type Appended =
  | {
      readonly status: 'appended';
      /** The version of the stream after it, and how many events were appended. */
      readonly version: number;
      readonly events: number;
      readonly shard: number;
      /** Where the last of them lies. */
      readonly position: number;
      /** True when this command had been carried out before; the answer is that of the first time. */
      readonly repeated: boolean;
    }
  /** The stream is not as expected; `version` is what it is, 0 without events. */
  | { readonly status: 'conflict'; readonly version: number }
  /** This command id has been used for other events. */
  | { readonly status: 'command-conflict'; readonly version: number }
  /** An event, by its index, is not as its type has it, or not believable. */
  | { readonly status: 'rejected'; readonly index: number; readonly reason: Rejection | Doubt | Refusal };

/** Where a log's streams are. */
export interface Streams {
  readonly pool: pg.Pool;
  readonly log: EventLog;
  readonly registered: RegisteredLog;
  /** The database's clock, in Unix milliseconds. */
  readonly now: () => number;
}

/** Appends events to a stream, if it is as expected. */
export async function append(
  streams: Streams,
  stream: string,
  events: readonly NewEventOf<EventType>[],
  options: AppendOptions,
): Promise<Appended> {
  const { log, registered, pool } = streams;
  const { expectedVersion, commandId, tx } = options;
  assertAppend(log, stream, events, options);
  const sql = tx ?? pool;
  const time = options.time ?? streams.now();
  const keys = registered.erasable ? await sealKeys(sql, registered, [stream]) : undefined;
  if (keys?.get(stream) === null) return { status: 'rejected', index: 0, reason: ERASED };
  const checked = check(streams, stream, events, time, keys);
  if ('status' in checked) return checked;
  const command = { id: commandId ?? null, digest: commandDigest(events, keys?.get(stream) ?? undefined) };
  const shard = shardOf(stream, registered.shards);
  const place: Place = { shard, stream, expected: expectedVersion === 0 ? 'none' : expectedVersion, command };
  const appended = await settled(streams, place, checked, tx);
  const { status } = appended;
  publish('stream.appended', { log: log.name, status, events: status === 'appended' ? appended.events : 0 });
  return appended;
}

interface Place {
  readonly shard: number;
  readonly stream: string;
  readonly expected: number | 'none' | 'exists' | 'any';
  readonly command: { readonly id: string | null; readonly digest: string };
}

/** An event that has passed its checks. */
interface NewEvent {
  readonly key: string;
  readonly type: number;
  readonly typeVersion: number;
  readonly body: string;
  readonly time: number;
  readonly digest: string | null;
}

const ERASED: Refusal = {
  code: 'erased',
  path: 'subject',
  message: 'The subject has been erased; nothing more is kept of it.',
};

function check(
  { log, registered }: Streams,
  stream: string,
  events: readonly NewEventOf<EventType>[],
  time: number,
  keys: SealKeys | undefined,
): NewEvent[] | Extract<Appended, { status: 'rejected' }> {
  const checked: NewEvent[] = [];
  for (const [index, { type, data }] of events.entries()) {
    const key = randomUUID();
    const dataversion = log.types.find((known) => known.name === type)?.version;
    const parsed = log.parser.parse({ id: key, type, subject: stream, dataversion, data }, time);
    if (parsed.status === 'rejected') return { status: 'rejected', index, reason: parsed.reason };
    const [doubt] = parsed.status === 'quarantined' ? parsed.doubts : [];
    if (doubt !== undefined) return { status: 'rejected', index, reason: doubt };
    const { event } = parsed;
    const { version } = event;
    checked.push({
      key,
      type: registered.typeIds.get(type) ?? Number.NaN,
      typeVersion: version,
      body: keys === undefined ? event.json : seal(keys, stream, key, event.data),
      time,
      digest: registered.chained
        ? payloadDigest({ type, version, subject: stream, data: event.data }, keys?.get(stream) ?? undefined)
        : null,
    });
  }
  return checked;
}

/** What makes two commands of one id the same command: their events. */
function commandDigest(events: readonly NewEventOf<EventType>[], key: Buffer | undefined): string {
  const hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  return hash.update(canonicalJson(events.map(({ type, data }) => [type, data]))).digest('hex');
}

/** Tries until the answer is certain: a race is tried again; so is a lost connection, if the command has a name. */
async function settled(
  streams: Streams,
  place: Place,
  events: readonly NewEvent[],
  tx: Sql | undefined,
): Promise<Appended> {
  const { registered, pool } = streams;
  for (let attempt = 1; ; attempt++) {
    try {
      const appended = await once(tx ?? pool, streams, place, events, tx !== undefined);
      if (appended !== undefined) return appended;
    } catch (error) {
      // In the host's transaction it is the host who begins again.
      if (tx !== undefined || attempt >= ATTEMPTS_MAX) throw error;
      if (isOutOfSegments(error)) await transaction(pool, (to) => ensureSegments(to, registered, events.length));
      else if (classifyError(error) !== 'retry' && !isCommandRace(error)) throw error;
      else if (place.command.id === null && !/^40/.test(sqlState(error) ?? '')) throw error;
    }
    if (attempt >= ATTEMPTS_MAX) throw unavailable(streams.log, 'busy');
  }
}

/** More than any race loses; a chained stream that everybody appends to with `'any'` is one at each attempt. */
const ATTEMPTS_MAX = 100;

const isCommandRace = (error: unknown): boolean =>
  sqlState(error) === '23505' && (error as { constraint?: unknown }).constraint === 'stream_command_pkey';

/** One attempt; undefined when it lost a race and should look again. */
async function once(
  sql: Sql,
  streams: Streams,
  place: Place,
  events: readonly NewEvent[],
  inTransaction: boolean,
): Promise<Appended | undefined> {
  const { registered, log } = streams;
  const before = registered.chained ? await readStreamHead(sql, registered, place) : undefined;
  const expected = before === undefined ? place.expected : chainedExpectation(place.expected, before.version);
  if (expected === undefined) return verdict(sql, streams, place);
  const hashes: string[] = [];
  let head: ChainHead | undefined = before;
  for (const [i, { key, time, digest }] of events.entries()) {
    if (head === undefined || digest === null || before === undefined) break;
    head = chainAppend(head, { version: before.version + i + 1, id: key, source: log.source, time, digest });
    hashes.push(head.hash);
  }
  const values = [
    place.shard,
    place.stream,
    typeof expected === 'number' ? expected : null,
    textArray(events.map((event) => event.key)),
    arrayLiteral(events.map((event) => event.type)),
    arrayLiteral(events.map((event) => event.typeVersion)),
    arrayLiteral(events.map((event) => event.time)),
    `[${events.map((event) => event.body).join(',')}]`,
    place.command.id,
    place.command.digest,
    events.length,
    textArray(hashes),
    textArray(events.flatMap((event) => event.digest ?? [])),
    hashes.at(-1) ?? null,
  ];
  if (inTransaction) await sql.query('savepoint scorekeep_append');
  try {
    const { rows } = await sql.query(
      statement(registered, typeof expected === 'number' ? 'version' : expected),
      values,
    );
    const row = rows[0];
    if (row?.['version'] != null) {
      const version = integer(row, 'version');
      return {
        status: 'appended',
        version,
        events: events.length,
        shard: place.shard,
        position: integer(row, 'last'),
        repeated: false,
      };
    }
    if (row?.['readonly'] === true) throw unavailable(log, 'readonly');
  } catch (error) {
    if (!inTransaction || !isCommandRace(error)) throw error;
    await sql.query('rollback to savepoint scorekeep_append');
  }
  return verdict(sql, streams, place);
}

/** The chain needs the hash before it, so whatever was expected comes down to the version that has it. */
function chainedExpectation(expected: Place['expected'], version: number): Place['expected'] | undefined {
  const fits =
    expected === 'any' ||
    (expected === 'none' ? version === 0 : expected === 'exists' ? version > 0 : version === expected);
  if (!fits) return undefined;
  return version === 0 ? 'none' : version;
}

/**
 * `guard` moves the stream's version if it is as expected, and holds its row until the end; only then is the shard's head
 * moved. Everything else depends on it.
 */
function statement(log: RegisteredLog, guard: 'version' | 'none' | 'exists' | 'any'): string {
  const { id } = log;
  const table = (name: string): string => `${quote(log.schema)}.${name}`;
  const insert = `insert into ${table('stream')} as s (log, shard, id, version, hash) select ${id}, shard, stream, n, hash from command`;
  const update = `update ${table('stream')} s set version = s.version + c.n, hash = c.hash from command c
  where s.log = ${id} and s.shard = c.shard and s.id = c.stream`;
  const guards = {
    none: `${insert} on conflict do nothing returning s.version`,
    any: `${insert} on conflict (log, shard, id) do update set version = s.version + excluded.version, hash = excluded.hash returning s.version`,
    exists: `${update} returning s.version`,
    version: `${update} and s.version = c.expected returning s.version`,
  };
  return `with command as (
  select * from (select $1::int2 as shard, $2::text as stream, $3::int as expected, $9::text as id, $10::text as digest, $11::int as n, $14::text as hash) x
  where (select not readonly from ${table('event_log')} where id = ${id}) and not exists (select from ${table('stream_command')} c
    where c.log = ${id} and c.shard = x.shard and c.stream = x.stream and c.id = x.id)),
guard as (${guards[guard]}),
head as (update ${table('log_head')} h set last = h.last + c.n from command c, guard where h.log = ${id} and h.shard = c.shard
  returning h.last),
written as (insert into ${eventTable(log)}
  (log, shard, position, key, type, schema_version, occurred_at, subject, version, body, hash, digest)
  select ${id}, c.shard, head.last - c.n + x.n, key, type, type_version, to_timestamp(time / 1000), c.stream,
    guard.version - c.n + x.n, body, x.hash, x.digest
  from command c, head, guard, rows from
    (unnest($4::uuid[], $5::int2[], $6::int2[], $7::float8[], $12::text[], $13::text[]), jsonb_array_elements($8::jsonb))
    with ordinality x(key, type, type_version, time, hash, digest, body, n)),
noted as (insert into ${table('stream_command')} (log, shard, stream, id, digest, version, events, position)
  select ${id}, shard, stream, id, digest, guard.version, n, head.last from command, guard, head where id is not null)
select (select version from guard), (select last from head), readonly from ${table('event_log')} where id = ${id}`;
}

/** Why nothing was appended, as a new statement sees it: what the first one waited for has committed by now. */
async function verdict(sql: Sql, { registered }: Streams, place: Place): Promise<Appended | undefined> {
  const { schema, id } = registered;
  const { rows } = await sql.query(
    `select (select version from ${quote(schema)}.stream where log = $1 and shard = $2 and id = $3) as now, c.*
     from (select 1) one left join ${quote(schema)}.stream_command c on c.log = $1 and c.shard = $2 and c.stream = $3 and c.id = $4`,
    [id, place.shard, place.stream, place.command.id],
  );
  const row = rows[0] as Row;
  const version = row['now'] === null ? 0 : integer(row, 'now');
  if (row['digest'] != null) {
    if (text(row, 'digest') !== place.command.digest) return { status: 'command-conflict', version };
    return {
      status: 'appended',
      version: integer(row, 'version'),
      events: integer(row, 'events'),
      shard: place.shard,
      position: integer(row, 'position'),
      repeated: true,
    };
  }
  const fits = chainedExpectation(place.expected, version) !== undefined;
  return fits ? undefined : { status: 'conflict', version };
}

async function readStreamHead(sql: Sql, { schema, id }: RegisteredLog, { shard, stream }: Place): Promise<ChainHead> {
  const { rows } = await sql.query(
    `select version, hash from ${quote(schema)}.stream where log = $1 and shard = $2 and id = $3`,
    [id, shard, stream],
  );
  const start = chainStart(stream);
  return rows[0] === undefined
    ? start
    : { version: integer(rows[0], 'version'), hash: textOrNull(rows[0], 'hash') ?? start.hash };
}

function assertAppend(
  log: EventLog,
  stream: string,
  events: readonly unknown[],
  { expectedVersion, commandId, time }: AppendOptions,
): void {
  const invalid = (message: string): ScorekeepError =>
    new ScorekeepError('DEFINITION_INVALID', `append to log "${log.name}": ${message}`, { log: log.name });
  const { attribute, events: most } = log.limits;
  if (typeof stream !== 'string' || stream === '' || stream.length > attribute) {
    throw invalid(`the stream must be a text of 1 to ${attribute} characters (limits.attribute)`);
  }
  if (!Array.isArray(events) || events.length === 0 || events.length > most) {
    throw invalid(`events must be a list of 1 to ${most} (limits.events)`);
  }
  const isVersion = Number.isSafeInteger(expectedVersion) && Number(expectedVersion) >= 0;
  if (!isVersion && !['none', 'exists', 'any'].includes(String(expectedVersion))) {
    throw invalid(
      `expectedVersion must be a version from 0, 'none', 'exists' or 'any', got ${JSON.stringify(expectedVersion)}`,
    );
  }
  if (time !== undefined && !(Number.isSafeInteger(time) && Math.abs(time) <= TIME_MAX)) {
    throw invalid(`time must be whole Unix milliseconds, got ${String(time)}`);
  }
  if (commandId !== undefined && (typeof commandId !== 'string' || commandId === '' || commandId.length > attribute)) {
    throw invalid(`commandId must be a text of 1 to ${attribute} characters (limits.attribute)`);
  }
}

/** What a Date holds, ECMA-262 §21.4.1.1. */
const TIME_MAX = 8.64e15;
