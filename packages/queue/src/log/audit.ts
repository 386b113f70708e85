import { assertLimit } from '../assert-limit.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql, text, textOrNull } from '../postgres/sql.ts';
import type { Streams } from './append.ts';
import { assertText } from './assert-storable.ts';
import type { RegisteredLog } from './register-log.ts';
import { shardOf } from './shard-of.ts';

/** Who reads a stream, and what for. */
export interface Audit {
  readonly reader: string;
  readonly purpose?: string;
}

/** A reading of a stream that was written down. */
export interface AuditedRead {
  readonly stream: string;
  readonly reader: string;
  readonly purpose: string | null;
  /** What was handed out: the versions `after < version <= to`, or a state made of them. */
  readonly after: number;
  readonly to: number;
  /** Unix milliseconds. */
  readonly readAt: number;
}

export interface AuditedReadsOptions {
  /** Only readings of this stream. */
  readonly stream?: string;
  /** Only readings by this reader. */
  readonly reader?: string;
  /** Most of them. Default 100, at most 10 000. */
  readonly limit?: number;
}

/** @throws ScorekeepError DEFINITION_INVALID for a reader or purpose that cannot be stored */
export function assertAudit({ reader, purpose = '' }: Audit): void {
  assertText('reader', reader);
  assertText('purpose', purpose);
}

/** Writes down a reading. */
export async function writeAudit(
  { sql, registered }: Streams,
  stream: string,
  { reader, purpose }: Audit,
  after: number,
  to: number,
): Promise<void> {
  await sql.query(
    `insert into ${quote(registered.schema)}.stream_read (log, shard, stream, reader, purpose, after_version, to_version)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [registered.id, shardOf(stream, registered.shards), stream, reader, purpose ?? null, after, to],
  );
}

/** The readings of a log's streams that were written down, newest first. */
export async function auditedReads(
  sql: Sql,
  { schema, id, shards }: RegisteredLog,
  { stream, reader, limit = 100 }: AuditedReadsOptions = {},
): Promise<AuditedRead[]> {
  assertLimit('limit', limit, 1, 10_000);
  assertText('stream', stream ?? '');
  assertText('reader', reader ?? '');
  const { rows } = await sql.query(
    `select stream, reader, purpose, after_version, to_version, (extract(epoch from read_at) * 1000)::int8 as read
     from ${quote(schema)}.stream_read
     where log = $1 and ($2::text is null or (shard = $3 and stream = $2)) and ($4::text is null or reader = $4)
     order by read_at desc, id limit $5`,
    [id, stream ?? null, stream === undefined ? null : shardOf(stream, shards), reader ?? null, limit],
  );
  return rows.map((row) => ({
    stream: text(row, 'stream'),
    reader: text(row, 'reader'),
    purpose: textOrNull(row, 'purpose'),
    after: integer(row, 'after_version'),
    to: integer(row, 'to_version'),
    readAt: integer(row, 'read'),
  }));
}
