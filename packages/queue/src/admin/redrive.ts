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
  let moved = 0;
  const others: string[] = [];
  for (const letter of await choose(tx, schema, queue, which)) {
    if (letter['waited_for'] !== true) others.push(text(letter, 'id'));
    else if (await putBack(boss, tx, queue, letter)) moved++;
  }
  if (others.length === 0) return moved;
  moved += await boss.redrive(queue, { ids: others, limit: others.length, db: bossDatabase(tx) });
  await keepWaiting(boss, tx, schema, queue);
  return moved;
}

/** The job that a letter is about goes on. False when it is not there any more. */
async function putBack(boss: PgBoss, tx: Sql, queue: string, letter: Row): Promise<boolean> {
  const [from, job] = [text(letter, 'source_name'), text(letter, 'source_id')];
  const db = bossDatabase(tx);
  const { retryLimit = 0 } = (await boss.getQueue(from)) ?? {};
  await boss.retry(from, job, { db });
  const tries = integer(letter, 'retry_count') + 1 + retryLimit;
  const { updated } = await boss.update(from, letter['data'] as object, {
    id: job,
    retryLimit: tries,
    startAfter: 0,
    db,
  });
  if (updated === 0) return false;
  await boss.deleteJob(queue, text(letter, 'id'), { db });
  return true;
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

/**
 * The dead letters that go back, and whether their jobs are still there and hold others up: locked and told apart in one statement,
 * so that whatever dies meanwhile is not among them. Those that have nowhere to go back to do not take the place of others.
 */
async function choose(
  tx: Sql,
  schema: string,
  queue: string,
  { ids, before, limit }: Which & { readonly limit: number },
): Promise<Row[]> {
  const jobs = quote(`${schema}_jobs`);
  const { rows } = await tx.query(
    `select d.id, d.source_name, d.source_id, o.retry_count, o.id is not null as waited_for, case when o.id is not null then d.data end as data
     from ${jobs}.job d join ${jobs}.queue q on q.name = d.source_name
       left join ${jobs}.job o on o.name = d.source_name and o.id = d.source_id and o.state = 'failed' and (o.blocking or o.policy = 'key_strict_fifo')
     where d.name = $1 and d.state < 'active' and ($2::uuid[] is null or d.id = any ($2)) and ($3::timestamptz is null or d.created_on < $3)
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
