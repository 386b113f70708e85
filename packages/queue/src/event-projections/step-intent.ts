import { integer, type Sql } from '../postgres/sql.ts';
import type { Following } from './following.ts';
import { consumerPrefix } from './pieces.ts';

/** What a step may lock, written down before it begins. */
export interface StepIntent {
  readonly id: number;
  readonly shards: readonly number[];
}

/**
 * Finds shards with events to apply and writes down that they are about to be folded, in one statement. A shard in which a
 * process died is taken alone. The table is not logged, so that this waits for no disk.
 *
 * @param most shards of one step, of those that have most to do
 * @returns undefined when there is nothing to do, others do it, or the projection is paused
 */
export async function declareStep(
  sql: Sql,
  { schema, id, label, log, after }: Following,
  most: number,
): Promise<StepIntent | undefined> {
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
     ), chosen as (
       select behind.* from behind join first using (suspected) order by n desc, shard limit case when (select suspected from first) then 1 else $4::int end
     )
     insert into ${schema}.step_intent (log, consumer, shards)
     select $1, min(consumer), array_agg(shard order by shard) from chosen having count(*) > 0 returning id, shards`,
    [log.id, consumerPrefix(label), id, most, ...(after.length === 0 ? [] : [after])],
  );
  const [row] = rows;
  return row === undefined ? undefined : { id: integer(row, 'id'), shards: row['shards'] as number[] };
}

/** Takes an intent back: its step did nothing, or failed and lives to tell. */
export const withdrawStep = (sql: Sql, { schema }: Following, { id }: StepIntent): Promise<unknown> =>
  sql.query(`delete from ${schema}.step_intent where id = $1`, [id]);

/** The first key of the lock that a step's transaction holds; the second is the number of its intent. */
export const STEP_LOCK = 0x5c080;

/** A condition: no transaction holds the lock with these keys. */
export const isLetGo = (first: number, second: string): string =>
  `not exists (select from pg_locks l where l.locktype = 'advisory' and l.granted and l.objsubid = 2
     and l.database = (select oid from pg_database where datname = current_database()) and l.classid = ${first} and l.objid = ${second}::oid)`;

/** What an event is put aside with that ended its process; jobs say the same. */
export const WORKER_LOST = 'WORKER_LOST';
