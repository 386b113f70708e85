import type { PgBoss } from 'pg-boss';
import { publish } from '../facts.ts';
import { failedAs, queuesOf } from '../jobs/boss.ts';
import { WORKER_LOST } from '../jobs/outcome.ts';
import { quote } from '../postgres/identifiers.ts';
import { isLetGo } from '../postgres/is-let-go.ts';
import { bossDatabase, integer, type Sql, text } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import type { Following } from './following.ts';

/** Says that the process which tries what is put aside lives, until the transaction ends. */
export const lockRetry = (tx: Sql, job: string): Promise<unknown> =>
  tx.query(`select pg_advisory_xact_lock($1, ${keyOf('$2')})`, [RETRY_LOCK, job]);

const RETRY_LOCK = 0x5c081;
const keyOf = (job: string): string => `(hashtext(${job}::text) & 2147483647)`;

/**
 * Fails the jobs of what is put aside whose process died while it tried them, so that they come back after their backoff and not when
 * pg-boss gives them up. One that is failed by mistake, since its try had to wait for a connection, is still applied once.
 */
export async function reapRetries(
  boss: PgBoss,
  { pool, schemaName, label }: Pick<Following, 'pool' | 'schemaName' | 'label'>,
): Promise<void> {
  const { parked } = queuesOf(label);
  const dead = `select id, retry_count, retry_limit from ${quote(`${schemaName}_jobs`)}.job j
    where name = $1 and state = 'active' and started_on < clock_timestamp() - interval '${GRACE_SECONDS} seconds'`;
  const { rows } = await pool.query(`${dead} limit 1`, [parked]);
  if (rows.length === 0) return;
  await transaction(pool, async (tx) => {
    const lost = await tx.query(`${dead} and ${isLetGo(RETRY_LOCK, keyOf('j.id'))} for update skip locked`, [parked]);
    for (const row of lost.rows) {
      const id = text(row, 'id');
      const job = { id, retryCount: integer(row, 'retry_count') };
      const outcome = failedAs({ ...job, retryLimit: integer(row, 'retry_limit') });
      await boss.fail(parked, job, { code: WORKER_LOST }, { db: bossDatabase(tx) });
      publish('item.retried', { job: id, label, outcome, code: WORKER_LOST });
    }
  });
}

/** How long a fetched job is given until its transaction begins. */
const GRACE_SECONDS = 2;
