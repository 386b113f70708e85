import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql, text } from '../postgres/sql.ts';
import { eventTable, type RegisteredLog } from './register-log.ts';

/** A consumer of a log, and how far it is. */
export interface LogConsumer {
  readonly consumer: string;
  /** The last position that it has handled, by shard. */
  readonly at: readonly number[];
  /** Events that it has not handled. */
  readonly behind: number;
  /** When the oldest of those was written, in Unix milliseconds; null when there is none. */
  readonly waitingSince: number | null;
}

/** The consumers of a log, by name. */
export async function readConsumers(sql: Sql, log: RegisteredLog): Promise<LogConsumer[]> {
  const { rows } = await sql.query(
    `select consumer, json_agg(at order by shard) as at, sum(last - at) as behind, min(waiting) as waiting from
       (select c.consumer, c.shard, c.at, h.last, (select (extract(epoch from e.recorded_at) * 1000)::int8 from ${eventTable(log)} e
          where e.log = c.log and e.shard = c.shard and e.position > c.at order by e.position limit 1) as waiting
        from ${quote(log.schema)}.log_consumer c join ${quote(log.schema)}.log_head h on h.log = c.log and h.shard = c.shard
        where c.log = $1) x
     group by consumer order by consumer`,
    [log.id],
  );
  return rows.map((row) => ({
    consumer: text(row, 'consumer'),
    at: row['at'] as number[],
    behind: integer(row, 'behind'),
    waitingSince: row['waiting'] === null ? null : integer(row, 'waiting'),
  }));
}

/**
 * Forgets a consumer, how far it was and what it had put aside, so that it holds no pruning up. Should it consume again, it begins with
 * the oldest event that there is; a projection is rebuilt.
 *
 * @returns false when there was none of this name
 */
export async function retireConsumer(sql: Sql, { schema, id }: RegisteredLog, consumer: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    `with parked as (delete from ${quote(schema)}.parked_event where log = $1 and consumer = $2)
     delete from ${quote(schema)}.log_consumer where log = $1 and consumer = $2`,
    [id, String(consumer).replaceAll('\0', '')],
  );
  return (rowCount ?? 0) > 0;
}
