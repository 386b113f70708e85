import { assertLimit } from '../assert-limit.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text, textOrNull } from '../postgres/sql.ts';
import { assertWhole } from './assert-storable.ts';
import type { EventLog } from './event-log.ts';
import { eventTable, learnTypes, type RegisteredLog } from './register-log.ts';
import { type SealKeys, sealKeys, unseal } from './seal.ts';

/** An event as it lies in the log. */
export interface LoggedEvent {
  readonly shard: number;
  /** Dense within its shard, from 1 on, in the order of commits. */
  readonly position: number;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** The version of its type that the data is of. */
  readonly typeVersion: number;
  readonly subject: string;
  /** Its place in the stream of its subject, from 1 on; null for what was ingested. */
  readonly version: number | null;
  /** When it happened, as its sender says, in Unix milliseconds. */
  readonly time: number;
  /** When it was written, by the database's clock, in Unix milliseconds. */
  readonly recordedAt: number;
  readonly extensions: Readonly<Record<string, string | number | boolean>> | null;
  /** As sent; undefined once its subject has been erased. */
  readonly data: unknown;
  /** The hash of its stream's chain after it; null where nothing is chained. */
  readonly hash: string | null;
  /** The digest of its payload that the chain covers. */
  readonly digest: string | null;
}

/** Which events of a shard: those with `after < position <= to`, at most `limit` of them, which is 100 000 at most. */
export interface ShardRange {
  readonly shard: number;
  readonly after: number;
  readonly to?: number;
  readonly limit: number;
}

/**
 * Reads events of one shard in the order of their positions. Whoever goes on with `after` at the last position misses
 * nothing, whatever else commits meanwhile: a position is seen only when all before it are.
 */
export async function readShard(
  sql: Sql,
  log: EventLog,
  registered: RegisteredLog,
  { shard, after, to = Number.MAX_SAFE_INTEGER, limit }: ShardRange,
): Promise<LoggedEvent[]> {
  assertLimit('limit', limit, 1, 100_000);
  assertWhole('shard', shard, registered.shards - 1);
  assertWhole('after', after);
  assertWhole('to', to);
  return readEvents(
    sql,
    log,
    registered,
    'shard = $1 and position > $2 and position <= $3 order by position limit $4',
    [shard, after, to, limit],
  );
}

/**
 * Reads events by a condition on {@link eventTable}, with what follows it in the statement.
 *
 * @param onSpoilt answers the data of an event that cannot be unsealed, from its body; without it the error is thrown
 */
export async function readEvents(
  sql: Sql,
  log: EventLog,
  registered: RegisteredLog,
  condition: string,
  values: unknown[],
  onSpoilt?: (body: unknown) => unknown,
): Promise<LoggedEvent[]> {
  const { rows } = await sql.query(
    `select ${EVENT_COLUMNS} from ${eventTable(registered)} where log = ${registered.id} and ${condition}`,
    values,
  );
  return openEvents(sql, log, registered, rows, onSpoilt);
}

/** The columns that {@link openEvents} needs. */
export const EVENT_COLUMNS = `shard, position, key, id, source, type, schema_version, subject, version,
  extract(epoch from occurred_at)::float8 * 1000 as occurred, extract(epoch from recorded_at)::float8 * 1000 as recorded,
  extensions, body, hash, digest`;

/** Makes events of rows; opens what is sealed. */
export async function openEvents(
  sql: Sql,
  log: EventLog,
  registered: RegisteredLog,
  rows: readonly Row[],
  onSpoilt?: (body: unknown) => unknown,
): Promise<LoggedEvent[]> {
  await learnTypes(sql, registered, rows);
  const subjects = registered.erasable ? [...new Set(rows.map((row) => text(row, 'subject')))] : [];
  const keys = registered.erasable ? await sealKeys(sql, registered, subjects, { make: false }) : undefined;
  return rows.map((row) => ({
    shard: integer(row, 'shard'),
    position: integer(row, 'position'),
    id: textOrNull(row, 'id') ?? text(row, 'key'),
    source: textOrNull(row, 'source') ?? log.source,
    type: registered.typeNames.get(integer(row, 'type')) ?? String(row['type']),
    typeVersion: integer(row, 'schema_version'),
    subject: text(row, 'subject'),
    version: row['version'] === null ? null : integer(row, 'version'),
    time: Math.round(Number(row['occurred'])),
    recordedAt: Math.round(Number(row['recorded'])),
    extensions: row['extensions'] as LoggedEvent['extensions'],
    data: dataOf(row, keys, onSpoilt),
    hash: textOrNull(row, 'hash'),
    digest: textOrNull(row, 'digest'),
  }));
}

function dataOf(row: Row, keys: SealKeys | undefined, onSpoilt: ((body: unknown) => unknown) | undefined): unknown {
  if (keys === undefined) return row['body'];
  try {
    return unseal(keys, text(row, 'subject'), text(row, 'key'), text(row, 'body'));
  } catch (error) {
    if (onSpoilt === undefined) throw error;
    return onSpoilt(row['body']);
  }
}

/** The last position of each shard, by shard; 0 where there is none. */
export async function readHeads(sql: Sql, log: RegisteredLog): Promise<number[]> {
  const { rows } = await sql.query(`select last from ${quote(log.schema)}.log_head where log = $1 order by shard`, [
    log.id,
  ]);
  return rows.map((row) => integer(row, 'last'));
}
