import type pg from 'pg';
import { assertLimit } from '../assert-limit.ts';
import { ScorekeepError } from '../errors.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text, textOrNull } from '../postgres/sql.ts';
import { retriedTransaction } from '../postgres/transaction.ts';
import { unavailable } from './ask-again.ts';
import { assertWhole } from './assert-storable.ts';
import { type CheckedEvent, flushAny } from './flush.ts';
import type { EventReceipt } from './receipt.ts';
import { learnTypes, type RegisteredLog } from './register-log.ts';
import { sealKeys, unseal } from './seal.ts';
import { ensureSegments } from './segment.ts';

/** An event that is kept aside. */
export interface QuarantinedEvent {
  readonly shard: number;
  /** With the shard, what names it in `release` and `discard`. */
  readonly key: string;
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  /** When it happened, as its sender says, in Unix milliseconds. */
  readonly time: number;
  readonly quarantinedAt: number;
  /** Why it was doubted, as `implausible:scoreRate`; several are apart by spaces. */
  readonly reason: string;
  readonly data: unknown;
}

/** Names an event that is kept aside. */
export type Quarantined = Pick<QuarantinedEvent, 'shard' | 'key'>;

const COLUMNS = `shard, key, id, source, type, schema_version, subject, reason,
  extract(epoch from occurred_at)::float8 * 1000 as occurred, extract(epoch from quarantined_at)::float8 * 1000 as quarantined`;

/** The events that are kept aside, oldest first. */
export async function readQuarantine(
  sql: Sql,
  log: RegisteredLog,
  { limit = 100 }: { readonly limit?: number } = {},
): Promise<QuarantinedEvent[]> {
  assertLimit('limit', limit, 1, 10_000);
  const { rows } = await sql.query(
    `select ${COLUMNS}, body from ${quote(log.schema)}.quarantine where log = $1 order by quarantined_at, shard, key limit $2`,
    [log.id, limit],
  );
  await learnTypes(sql, log, rows);
  const subjects = [...new Set(rows.map((row) => text(row, 'subject')))];
  const keys = log.erasable ? await sealKeys(sql, log, subjects, { make: false }) : undefined;
  return rows.map((row) => ({
    shard: integer(row, 'shard'),
    key: text(row, 'key'),
    id: textOrNull(row, 'id') ?? text(row, 'key'),
    type: log.typeNames.get(integer(row, 'type')) ?? String(row['type']),
    subject: text(row, 'subject'),
    time: Math.round(Number(row['occurred'])),
    quarantinedAt: Math.round(Number(row['quarantined'])),
    reason: text(row, 'reason'),
    data: keys === undefined ? row['body'] : unseal(keys, text(row, 'subject'), text(row, 'key'), text(row, 'body')),
  }));
}

/**
 * Puts events that are kept aside into the log, as if they had just been ingested and believed, in one transaction.
 *
 * @returns a receipt for each that was there, in the order of shard and key
 * @throws ScorekeepError UNAVAILABLE when the log is read-only, DEFINITION_INVALID for names that no event has
 */
export async function release(
  pool: pg.Pool,
  log: RegisteredLog,
  items: readonly Quarantined[],
): Promise<EventReceipt[]> {
  assertNamed(log, items);
  return retriedTransaction(pool, async (tx) => {
    const { rows } = await tx.query(
      `select ${COLUMNS}, body::text as body, extensions::text as extensions from ${quote(log.schema)}.quarantine
       where ${NAMED} order by shard, key for update`,
      named(log, items),
    );
    const events = rows.map(checkedOf);
    if (events.length === 0) return [];
    await ensureSegments(tx, log, events.length);
    const { outcomes } = await flushAny(tx, log, events);
    if (outcomes === undefined) throw unavailable(log, 'readonly');
    const receipts: EventReceipt[] = [];
    const settled: CheckedEvent[] = [];
    for (const [i, event] of events.entries()) {
      const outcome = outcomes[i] ?? 'again';
      if (outcome === 'again') continue;
      const id = event.id ?? event.key;
      settled.push(event);
      receipts.push(
        typeof outcome === 'string'
          ? { status: outcome, id }
          : { status: 'accepted', id, shard: event.shard, position: outcome.accepted },
      );
    }
    await remove(tx, log, settled);
    return receipts;
  });
}

/** Forgets events that are kept aside. Sent again, they are judged anew. */
export async function discard(sql: Sql, log: RegisteredLog, items: readonly Quarantined[]): Promise<number> {
  assertNamed(log, items);
  return remove(sql, log, items);
}

/** @throws ScorekeepError DEFINITION_INVALID for what names no event, or more of them than one call takes */
function assertNamed(log: RegisteredLog, items: readonly Quarantined[]): void {
  assertLimit('events', Array.isArray(items) ? items.length : Number.NaN, 0, 10_000);
  for (const item of items) {
    assertWhole('shard', item?.shard, log.shards - 1);
    if (typeof item.key === 'string' && UUID.test(item.key)) continue;
    throw new ScorekeepError('DEFINITION_INVALID', 'key must be that of an event of logs.quarantined(log), a UUID', {
      argument: 'key',
    });
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function remove(sql: Sql, log: RegisteredLog, items: readonly Quarantined[]): Promise<number> {
  const { rowCount } = await sql.query(`delete from ${quote(log.schema)}.quarantine where ${NAMED}`, named(log, items));
  return rowCount ?? 0;
}

const NAMED = 'log = $1 and (shard, key) in (select * from unnest($2::int2[], $3::uuid[]))';

const named = (log: RegisteredLog, items: readonly Quarantined[]): unknown[] => [
  log.id,
  items.map((item) => item.shard),
  items.map((item) => item.key),
];

const checkedOf = (row: Row): CheckedEvent => ({
  key: text(row, 'key'),
  shard: integer(row, 'shard'),
  type: integer(row, 'type'),
  schemaVersion: integer(row, 'schema_version'),
  subject: text(row, 'subject'),
  occurredAt: Math.round(Number(row['occurred'])),
  id: textOrNull(row, 'id'),
  source: textOrNull(row, 'source'),
  extensions: textOrNull(row, 'extensions'),
  body: text(row, 'body'),
});
