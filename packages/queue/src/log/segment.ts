import type pg from 'pg';
import { sqlState } from '../postgres/classify-error.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import { eventTable, type RegisteredLog } from './register-log.ts';

/**
 * Makes the segments that hold the next positions of a log, and one more. A segment holds the positions
 * `(number * segmentSize, (number + 1) * segmentSize]` of all shards. Writers go on meanwhile.
 *
 * @param ahead positions that one flush may add to one shard
 */
export async function ensureSegments(tx: Sql, log: RegisteredLog, ahead = 0): Promise<void> {
  if ((await segmentsNeeded(tx, log, ahead)).length === 0) return;
  await tx.query('select pg_advisory_xact_lock($1, $2)', [SEGMENT_LOCK, log.id]);
  for (const number of await segmentsNeeded(tx, log, ahead)) {
    const table = segmentTable(log, number);
    // Made beside the log and then attached: that takes no lock which an insert or a reader would have to wait for.
    await tx.query(`create table ${table} (like ${eventTable(log)} including all)`);
    await tx.query(
      `alter table ${eventTable(log)} attach partition ${table} for values from (${number * log.segmentSize + 1}) to (${(number + 1) * log.segmentSize + 1})`,
    );
    await tx.query(`insert into ${quote(log.schema)}.segment (log, number) values ($1, $2)`, [log.id, number]);
  }
}

/**
 * Runs a statement that adds events, and makes the segments that it runs out of.
 *
 * @param events positions that it may add to one shard
 */
export async function withSegments<T>(
  pool: pg.Pool,
  log: RegisteredLog,
  events: number,
  work: () => Promise<T>,
): Promise<T> {
  for (let ahead = events; ; ahead += log.segmentSize) {
    try {
      return await work();
    } catch (error) {
      if (!isOutOfSegments(error) || ahead > events + SEGMENTS_MAX * log.segmentSize) throw error;
      // What the transaction of a host has appended before is not seen from outside: reach further each time.
      await transaction(pool, (tx) => ensureSegments(tx, log, ahead));
    }
  }
}

/** Segments that one transaction of a host may fill. */
const SEGMENTS_MAX = 100;

/** No partition was found for a row. A trigger of the host's that raises the same state names no table. */
function isOutOfSegments(error: unknown): boolean {
  const { table, constraint } = (error ?? {}) as { table?: unknown; constraint?: unknown };
  return sqlState(error) === '23514' && table !== undefined && constraint === undefined;
}

/** Has segments count again that were pruned and that a host has attached again. */
export async function noteAttached(sql: Sql, log: RegisteredLog): Promise<void> {
  await sql.query(
    `update ${quote(log.schema)}.segment s set detached_at = null from pg_inherits i
     where s.log = $1 and s.detached_at is not null and i.inhparent = $2::regclass and i.inhrelid = to_regclass(format('%I.%I', $3::text, $4 || s.number))`,
    [log.id, eventTable(log), log.schema, segmentName(log, '')],
  );
}

/** The table of one segment. */
export const segmentTable = (log: RegisteredLog, number: number): string =>
  `${quote(log.schema)}.${quote(segmentName(log, number))}`;

const segmentName = ({ name }: RegisteredLog, number: number | ''): string => `events_${name}_${number}`;

/** Any constant does, as long as no other lock of ours is taken with it. */
const SEGMENT_LOCK = 0x5c10d;

async function segmentsNeeded(tx: Sql, log: RegisteredLog, ahead: number): Promise<number[]> {
  const { rows } = await tx.query(
    `select number::int from
       (select min(last) as least, max(last) as most from ${quote(log.schema)}.log_head where log = $1) h,
       generate_series(least / $2::bigint, (most + $3::bigint) / $2::bigint + 1) number
     where not exists (select from ${quote(log.schema)}.segment s where s.log = $1 and s.number = number.number)
     order by 1`,
    [log.id, log.segmentSize, ahead],
  );
  return rows.map((row) => integer(row, 'number'));
}
