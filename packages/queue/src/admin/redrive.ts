import type { PgBoss } from 'pg-boss';
import { quote } from '../postgres/identifiers.ts';
import { bossDatabase, integer, type Row, type Sql, text } from '../postgres/sql.ts';
import type { Which } from './dead-letters.ts';

/**
 * Puts dead letters back where they came from, oldest first, with all their tries. One that others wait for, as a step of a flow
 * or by its strict key, goes on as the job that it was: they would wait for ever for that one while a new one is done, and a new
 * one of a strict key stands behind it. All others are made anew.
 *
 * @returns how many
 */
export async function redrive(
  boss: PgBoss,
  tx: Sql,
  schema: string,
  queue: string,
  which: Which & { readonly limit: number },
): Promise<number> {
  const { ids, before, limit } = which;
  const db = bossDatabase(tx);
  let moved = 0;
  for (const row of await waitedFor(tx, schema, queue, which)) {
    const [from, job] = [text(row, 'source_name'), text(row, 'source_id')];
    const { retryLimit = 0 } = (await boss.getQueue(from)) ?? {};
    await boss.retry(from, job, { db });
    const tries = integer(row, 'retry_count') + 1 + retryLimit;
    const { updated } = await boss.update(from, row['data'] as object, {
      id: job,
      retryLimit: tries,
      startAfter: 0,
      db,
    });
    if (updated === 0) continue;
    await boss.deleteJob(queue, text(row, 'id'), { db });
    moved++;
  }
  if (moved === limit) return moved;
  const others = await boss.redrive(queue, {
    limit: limit - moved,
    ...(ids === undefined ? {} : { ids: [...ids] }),
    ...(before === undefined ? {} : { createdBefore: before }),
    db,
  });
  await keepWaiting(boss, tx, schema, queue);
  return moved + others;
}

/**
 * pg-boss ends a letter whose job its queue does not take at the moment, since the policy lets no second one with its key wait. It is
 * to be seen, and redriven once that other is done.
 */
async function keepWaiting(boss: PgBoss, tx: Sql, schema: string, queue: string): Promise<void> {
  const { rows } = await tx.query(
    `select id from ${quote(`${schema}_jobs`)}.job where name = $1 and state = 'failed'`,
    [queue],
  );
  if (rows.length > 0)
    await boss.retry(
      queue,
      rows.map((row) => text(row, 'id')),
      { db: bossDatabase(tx) },
    );
}

/** Dead letters whose jobs are still there and hold others up; locked, so that nobody else puts them back. */
async function waitedFor(
  tx: Sql,
  schema: string,
  queue: string,
  { ids, before, limit }: Which & { readonly limit: number },
): Promise<Row[]> {
  const jobs = `${quote(`${schema}_jobs`)}.job`;
  const { rows } = await tx.query(
    `select d.id, d.data, d.source_name, d.source_id, o.retry_count
     from ${jobs} d join ${jobs} o on o.name = d.source_name and o.id = d.source_id
     where d.name = $1 and d.state < 'active' and o.state = 'failed' and (o.blocking or o.policy = 'key_strict_fifo')
       and ($2::uuid[] is null or d.id = any ($2)) and ($3::timestamptz is null or d.created_on < $3)
     order by d.created_on, d.id limit $4 for update of d skip locked`,
    [queue, ids ?? null, before ?? null, limit],
  );
  return rows;
}

/** Deletes the jobs that dead letters came from and that hold up a strict key: whoever gives a job up lets the others pass. */
export async function releaseKeys(
  boss: PgBoss,
  tx: Sql,
  schema: string,
  queue: string,
  ids: readonly string[],
): Promise<void> {
  const jobs = `${quote(`${schema}_jobs`)}.job`;
  const { rows } = await tx.query(
    `select o.name, o.id from ${jobs} d join ${jobs} o on o.name = d.source_name and o.id = d.source_id
     where d.name = $1 and d.id = any ($2) and o.state = 'failed' and o.policy = 'key_strict_fifo'`,
    [queue, ids],
  );
  for (const row of rows) await boss.deleteJob(text(row, 'name'), text(row, 'id'), { db: bossDatabase(tx) });
}
