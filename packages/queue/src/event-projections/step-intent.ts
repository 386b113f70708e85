import type { QueryResult } from 'pg';
import { literal } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text } from '../postgres/sql.ts';
import { BEGIN } from '../postgres/transaction.ts';
import { PROJECTION_LOCK } from '../projections/register.ts';
import { arrayLiteral } from '../tables/array-literal.ts';
import type { Following } from './following.ts';
import { consumerPrefix } from './pieces.ts';

/** Shards with events to apply, and the consumer that is to apply them. */
export interface StepWork {
  readonly consumer: string;
  readonly shards: readonly number[];
}

/** What a step may lock, written down before it begins. */
export interface StepIntent {
  readonly id: number;
  readonly shards: readonly number[];
}

/**
 * Finds shards with events to apply that nobody is at. A shard in which a process died is taken alone.
 *
 * @param most shards of one step, of those that have most to do
 * @returns undefined when there is nothing to do, others do it, or the projection is paused
 */
export async function findWork(
  sql: Sql,
  { schema, id, label, log, after }: Following,
  most: number,
): Promise<StepWork | undefined> {
  const upto =
    after.length === 0
      ? 'h.last'
      : `least(h.last, (select min(d.at) from ${schema}.log_consumer d join ${schema}.projection p on p.id = any ($5) join ${schema}.projection_build f on f.projection = p.id and f.live
           where d.log = c.log and d.shard = c.shard and d.consumer = 'projection:' || p.name || '_v' || p.version || ':' || f.number))`;
  const { rows } = await sql.query(
    `with behind as (
       select c.consumer, c.shard, c.step is not null as suspected, h.last - c.at as n
       from ${schema}.projection_build b join ${schema}.log_consumer c on c.log = $1 and c.consumer = $2 || b.number
         join ${schema}.log_head h on h.log = c.log and h.shard = c.shard
       where b.projection = $3 and b.live and b.paused_at is null and c.at < ${upto}
         and not exists (select from ${schema}.step_intent i where i.log = c.log and i.consumer = c.consumer and c.shard = any (i.shards))
     ), first as (
       select suspected from behind order by n desc, shard limit 1
     )
     select consumer, shard from behind join first using (suspected)
     order by n desc, shard limit case when (select suspected from first) then 1 else $4::int end`,
    [log.id, consumerPrefix(label), id, most, ...(after.length === 0 ? [] : [after])],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return { consumer: text(row, 'consumer'), shards: rows.map((one) => integer(one, 'shard')) };
}

/**
 * Begins the transaction of a step, having written down in one before it which shards it is about to fold, all in one round trip:
 * between the row and the lock that says that its process lives there is next to nothing. The table is not logged, so that the row
 * waits for no disk.
 */
export function beginStep({ schema, log, id }: Following, { consumer, shards }: StepWork): string {
  return `begin; insert into ${schema}.step_intent (log, consumer, shards) values (${log.id}, ${literal(consumer)}, '{${shards.join()}}') returning id; commit;
    ${BEGIN}; select pg_advisory_xact_lock(${STEP_LOCK}, lastval()::int), pg_advisory_xact_lock_shared(${PROJECTION_LOCK}, ${id})`;
}

/** The intent that {@link beginStep} wrote down. */
export function intentOf(begun: readonly QueryResult[], shards: readonly number[]): StepIntent {
  const row: Row | undefined = begun.flatMap(({ rows }) => rows as Row[]).find((one) => 'id' in one);
  return { id: integer(row, 'id'), shards };
}

/**
 * Takes back what was written down: the step did nothing, or failed and lives to tell, perhaps before it knew its number. Should
 * that of another worker at the same shards go with it, that one begins again.
 */
export const withdrawStep = (sql: Sql, { schema, log }: Following, { consumer, shards }: StepWork): Promise<unknown> =>
  sql.query(`delete from ${schema}.step_intent where log = $1 and consumer = $2 and shards = $3`, [
    log.id,
    consumer,
    arrayLiteral(shards),
  ]);

/** The first key of the lock that a step's transaction holds; the second is the number of its intent. */
export const STEP_LOCK = 0x5c080;
