import { publish } from '../facts.ts';
import { WORKER_LOST } from '../jobs/outcome.ts';
import { isLetGo } from '../postgres/is-let-go.ts';
import { integer, type Row, type Sql, text } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import { arrayLiteral } from '../tables/array-literal.ts';
import type { Following } from './following.ts';
import { blockedSubjects, parkEvents } from './park-events.ts';
import { consumerPrefix, subjectAt } from './pieces.ts';
import { lockLive } from './step-events.ts';
import { STEP_LOCK } from './step-intent.ts';

/** An intent whose transaction has not begun for this long has lost its process. */
const QUIET_MS = 500;

/**
 * Counts steps whose process died. Each time the next step is a quarter of that one, shard by shard, until an event stands alone:
 * that one is put aside.
 */
export async function reapSteps(following: Following): Promise<void> {
  const { pool, schema, log, label } = following;
  const old = `i.log = $1 and starts_with(i.consumer, $2) and i.began_at < clock_timestamp() - interval '${QUIET_MS} milliseconds'`;
  const values = [log.id, consumerPrefix(label)];
  const { rows } = await pool.query(`select from ${schema}.step_intent i where ${old} limit 1`, values);
  if (rows.length === 0) return;
  await transaction(pool, async (tx) => {
    await lockLive(tx, following, { paused: true });
    const crashed = await tx.query<Row>(
      `delete from ${schema}.step_intent where id in (
         select id from ${schema}.step_intent i where ${old} and ${isLetGo(STEP_LOCK, 'i.id')} for update skip locked)
       returning consumer, shards`,
      values,
    );
    for (const row of crashed.rows) await narrow(tx, following, text(row, 'consumer'), row['shards'] as number[]);
  });
}

async function narrow(tx: Sql, following: Following, consumer: string, shards: readonly number[]): Promise<void> {
  const { schema, log, label, projection } = following;
  publish('projection.failed', { log: projection.from.name, label, verdict: 'crashed', code: WORKER_LOST });
  const { rows } = await tx.query(
    `with held as (
       select c.shard, c.at, coalesce(c.step, least($4, h.last - c.at)) as size, h.last
       from ${schema}.log_consumer c join ${schema}.log_head h using (log, shard)
       where c.log = $1 and c.consumer = $2 and c.shard = any ($3::int2[]) order by c.shard for update of c
     )
     update ${schema}.log_consumer c set step = greatest(1, (size + 3) / 4), suspect = greatest(c.suspect, least(held.last, held.at + size))
     from held where c.log = $1 and c.consumer = $2 and c.shard = held.shard and held.at < held.last returning c.shard, held.at, held.size`,
    [log.id, consumer, arrayLiteral(shards), projection.batch],
  );
  const [alone] = rows;
  if (shards.length > 1 || alone === undefined || integer(alone, 'size') > 1) return;
  const [shard, at] = [integer(alone, 'shard'), integer(alone, 'at')];
  const event = await subjectAt(tx, log, { shard, after: at, upto: at + 1 });
  const waits = projection.ordered && (await blockedSubjects(tx, following, consumer, [shard])).has(event.subject);
  await parkEvents(tx, following, consumer, [{ ...event, code: waits ? null : WORKER_LOST }]);
  await tx.query(
    `update ${schema}.log_consumer set at = at + 1, step = null, suspect = null where log = $1 and consumer = $2 and shard = $3`,
    [log.id, consumer, shard],
  );
}
