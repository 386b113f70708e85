import {
  type ChainHead,
  chainAppend,
  type Doubt,
  type EventType,
  type NewEventOf,
  type Rejection,
} from '@scorekeep/core/events';
import type pg from 'pg';
import { publish } from '../facts.ts';
import { sqlState } from '../postgres/classify-error.ts';
import type { Sql } from '../postgres/sql.ts';
import { appendOnce, fits, type Place, readStreamHead, verdictOf } from './append-statement.ts';
import { askAgain, unavailable, wasUndone } from './ask-again.ts';
import { assertAppend, checkAppend, commandDigest, type NewEvent } from './check-append.ts';
import type { EventLog } from './event-log.ts';
import { VERSION_MAX } from './read-stream.ts';
import { ERASED, type Refusal } from './receipt.ts';
import type { RegisteredLog } from './register-log.ts';
import { type SealKeys, sealKeys } from './seal.ts';
import { withSegments } from './segment.ts';
import { shardOf } from './shard-of.ts';

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
  /** What they are read through. */
  readonly sql: Sql;
  readonly log: EventLog;
  readonly registered: RegisteredLog;
  /** For what must not wait behind the transactions of the host that need it. */
  readonly registrar: pg.Pool;
  /** The database's clock, in Unix milliseconds. */
  readonly now: () => number;
}

/**
 * Appends events to a stream, if it is as expected.
 *
 * @param digest what makes two commands of one id the same command; of the events, unless given
 */
export async function append(
  streams: Streams,
  stream: string,
  events: readonly NewEventOf<EventType>[],
  options: AppendOptions,
  digest?: string,
): Promise<Appended> {
  const { log, registered } = streams;
  const { expectedVersion, commandId, tx } = options;
  assertAppend(log, stream, events, options);
  const time = options.time ?? streams.now();
  const keysFrom = (sql: Sql): Promise<SealKeys> => sealKeys(sql, registered, [stream]);
  const keys = registered.erasable ? await (tx === undefined ? asked(streams, keysFrom) : keysFrom(tx)) : undefined;
  if (keys?.get(stream) === null) return { status: 'rejected', index: 0, reason: ERASED };
  const checked = checkAppend(streams, stream, events, time, keys);
  if ('status' in checked) return checked;
  const content = events.map(({ type, data }) => [type, data]);
  const command = {
    id: commandId ?? null,
    digest: digest ?? (commandId === undefined ? '' : commandDigest(content, keys?.get(stream) ?? undefined)),
  };
  const shard = shardOf(stream, registered.shards);
  // A version that no stream can reach fits none.
  const version = typeof expectedVersion === 'number' ? Math.min(expectedVersion, VERSION_MAX) : expectedVersion;
  const place: Place = { shard, stream, expected: version === 0 ? 'none' : version, command };
  const appended = await settled(streams, place, checked, tx);
  const { status } = appended;
  publish('stream.appended', { log: log.name, status, events: status === 'appended' ? appended.events : 0 });
  return appended;
}

/** Asks the database as `ingest` does: for as long as the log's patience lasts. */
export function asked<T>({ pool, log }: Streams, ask: (sql: Sql) => Promise<T>): Promise<T> {
  return askAgain({ pool, log, patience: log.limits.patience }, ask);
}

/** Tries until the answer is certain: a race is tried again; so is a lost connection, if the command has a name. */
async function settled(
  streams: Streams,
  place: Place,
  events: readonly NewEvent[],
  tx: Sql | undefined,
): Promise<Appended> {
  const { registered, registrar, pool, log } = streams;
  const attempt = (sql: Sql, around: typeof inSavepoint): Promise<Appended | undefined> =>
    withSegments(registrar, registered, events.length, () => around(sql, () => once(sql, streams, place, events)));
  // Without a name nobody could tell whether it was done.
  const isSafe = (error: unknown): boolean => place.command.id !== null || wasUndone(error);
  const again = { pool, log, patience: log.limits.patience, isSafe };
  for (let tries = 1; tries <= ATTEMPTS_MAX; tries++) {
    try {
      // Within the host's transaction it is the host who begins again.
      const appended = await (tx === undefined
        ? askAgain(again, (sql) => attempt(sql, (_, work) => work()))
        : attempt(tx, inSavepoint));
      if (appended !== undefined) return appended;
    } catch (error) {
      if (!isCommandRace(error)) throw error;
    }
  }
  throw unavailable(log, 'busy');
}

/** More than any race loses; a chained stream that everybody appends to with `'any'` is one at each attempt. */
const ATTEMPTS_MAX = 100;

const isCommandRace = (error: unknown): boolean =>
  sqlState(error) === '23505' && (error as { constraint?: unknown }).constraint === 'stream_command_pkey';

/** An error leaves the host's transaction as it was before. */
async function inSavepoint<T>(tx: Sql, work: () => Promise<T>): Promise<T> {
  await tx.query('savepoint scorekeep_append');
  try {
    const result = await work();
    await tx.query('release savepoint scorekeep_append');
    return result;
  } catch (error) {
    await tx.query('rollback to savepoint scorekeep_append');
    throw error;
  }
}

/** One attempt; undefined when it lost a race and should look again. */
async function once(
  sql: Sql,
  { registered, log }: Streams,
  place: Place,
  events: readonly NewEvent[],
): Promise<Appended | undefined> {
  const before = registered.chained ? await readStreamHead(sql, registered, place) : undefined;
  if (before !== undefined && !fits(place.expected, before.version)) return verdictOf(sql, registered, place);
  // A chain needs the hash before it, so whatever was expected comes down to the version that has it.
  const expected = before === undefined ? place.expected : before.version === 0 ? 'none' : before.version;
  const hashes = before === undefined ? [] : chain(before, events, log.source);
  const appended = await appendOnce(sql, registered, { ...place, expected }, events, hashes);
  if (appended === 'readonly') throw unavailable(log, 'readonly');
  return appended ?? verdictOf(sql, registered, place);
}

function chain(before: ChainHead, events: readonly NewEvent[], source: string): string[] {
  let head = before;
  return events.map(({ key, time, digest }) => {
    head = chainAppend(head, { version: head.version + 1, id: key, source, time, digest: digest ?? '' });
    return head.hash;
  });
}
