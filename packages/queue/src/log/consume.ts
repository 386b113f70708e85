import type pg from 'pg';
import { assertLimit } from '../assert-limit.ts';
import { ScorekeepError } from '../errors.ts';
import { publish } from '../facts.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql } from '../postgres/sql.ts';
import { retriedTransaction } from '../postgres/transaction.ts';
import { arrayLiteral } from '../tables/array-literal.ts';
import type { EventLog } from './event-log.ts';
import { EVENT_COLUMNS, type LoggedEvent, openEvents } from './read-log.ts';
import { eventTable, type RegisteredLog } from './register-log.ts';

export interface ConsumeOptions {
  /** Most events of one shard in one batch. Default 1000, at most 100 000. */
  readonly limit?: number;
}

/**
 * Hands a consumer the events after where it stands, in the order of each shard, and moves it on in the same transaction:
 * what `handle` does with `tx` happens exactly once for each event. Shards that another process is busy with are left to it.
 *
 * @returns how many events were handled; 0 when there is nothing to do, or others do it
 */
export async function consume(
  pool: pg.Pool,
  log: EventLog,
  registered: RegisteredLog,
  consumer: string,
  handle: (tx: pg.PoolClient, events: readonly LoggedEvent[]) => Promise<unknown>,
  { limit = 1_000 }: ConsumeOptions = {},
): Promise<number> {
  if (!/^[\w./-]{1,100}$/.test(consumer)) {
    throw new ScorekeepError(
      'DEFINITION_INVALID',
      `A consumer's name is 1 to 100 of A-Z, a-z, 0-9, _ . / -, got ${JSON.stringify(consumer)}`,
    );
  }
  assertLimit('limit', limit, 1, 100_000);
  const started = performance.now();
  const handled = await retriedTransaction(pool, async (tx) => {
    let rows = await readNext(tx, registered, consumer, limit);
    if (rows === undefined) {
      await register(tx, registered, consumer);
      rows = (await readNext(tx, registered, consumer, limit)) ?? [];
    }
    if (rows.length === 0) return 0;
    const events = await openEvents(tx, log, registered, rows);
    await handle(tx, events);
    const last = new Map(events.map((event) => [event.shard, event.position]));
    await tx.query(
      `update ${quote(registered.schema)}.log_consumer c set at = x.position from unnest($1::int2[], $2::int8[]) x(shard, position)
       where c.log = $3 and c.consumer = $4 and c.shard = x.shard`,
      [arrayLiteral([...last.keys()]), arrayLiteral([...last.values()]), registered.id, consumer],
    );
    return events.length;
  });
  if (handled > 0) {
    const milliseconds = performance.now() - started;
    publish('log.consumed', { log: log.name, consumer, events: handled, milliseconds });
  }
  return handled;
}

/** Locks the shards that are free and reads what comes next in them; undefined when the consumer is not known. */
async function readNext(tx: Sql, log: RegisteredLog, consumer: string, limit: number) {
  const { rows } = await tx.query(
    `with mine as materialized (
       select shard, at from ${quote(log.schema)}.log_consumer where log = $1 and consumer = $2 order by shard for update skip locked)
     select e.* from mine, lateral (
       select ${EVENT_COLUMNS} from ${eventTable(log)} e
       where e.log = $1 and e.shard = mine.shard and e.position > mine.at order by e.position limit $3) e
     order by e.shard, e.position`,
    [log.id, consumer, limit],
  );
  if (rows.length > 0) return rows;
  const known = await tx.query(
    `select count(*) as shards from ${quote(log.schema)}.log_consumer where log = $1 and consumer = $2`,
    [log.id, consumer],
  );
  return integer(known.rows[0], 'shards') === 0 ? undefined : rows;
}

/** A new consumer begins with the oldest event that there is. */
async function register(tx: Sql, log: RegisteredLog, consumer: string): Promise<void> {
  await tx.query(
    `insert into ${quote(log.schema)}.log_consumer (log, shard, consumer)
     select $1, shard, $2 from generate_series(0, $3::int - 1) shard order by shard on conflict do nothing`,
    [log.id, consumer, log.shards],
  );
}
