import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql } from '../postgres/sql.ts';
import type { Control } from './control.ts';

/** No job of the queue is begun from here on, in any process; those under way are finished. False when it was paused. */
export async function pauseQueue(sql: Sql, schema: string, queue: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    `insert into ${quote(schema)}.job_queue as q (name, paused_at) values ($1, clock_timestamp())
     on conflict (name) do update set paused_at = excluded.paused_at where q.paused_at is null`,
    [queue],
  );
  return rowCount === 1;
}

/** Begins jobs again. False when it was not paused. */
export async function resumeQueue(sql: Sql, schema: string, queue: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update ${quote(schema)}.job_queue set paused_at = null where name = $1 and paused_at is not null`,
    [queue],
  );
  return rowCount === 1;
}

export async function isPaused(sql: Pick<Control, 'query'>, schema: string, queue: string): Promise<boolean> {
  const { rows } = await sql.query(
    'paused',
    `select exists (select from ${quote(schema)}.job_queue where name = $1 and paused_at is not null) as paused`,
    [queue],
  );
  return rows[0]?.['paused'] === true;
}

/** Tokens from a bucket, and in how many milliseconds it has as many as were wanted, or is full. */
export interface Tokens {
  readonly taken: number;
  readonly nextMs: number;
}

/**
 * Takes up to `wanted` tokens from a queue's bucket, which all processes share: it fills by the database's clock at `perSecond`
 * and holds `burst`. A clock that goes back fills nothing, and takes nothing out.
 */
export async function takeTokens(
  control: Control,
  schema: string,
  queue: string,
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
  wanted: number,
): Promise<Tokens> {
  const { rows } = await control.query(
    'take',
    `with made as (insert into ${quote(schema)}.job_queue (name) values ($1) on conflict (name) do nothing),
     bucket as (
       select name, least($3::float8, coalesce(tokens + greatest(0, extract(epoch from clock_timestamp() - filled_at)) * $2::float8, $3::float8)) as level
       from ${quote(schema)}.job_queue where name = $1 for update
     )
     update ${quote(schema)}.job_queue q set tokens = level - least($4::int, floor(level)), filled_at = clock_timestamp()
     from bucket where q.name = bucket.name
     returning least($4::int, floor(level))::int as taken, ceil((least($4::int, $3::float8) - tokens) / $2::float8 * 1000)::float8 as next_ms`,
    [queue, perSecond, burst, wanted],
  );
  // The first call only makes the row; the next is a moment later.
  if (rows[0] === undefined) return { taken: 0, nextMs: 0 };
  return { taken: integer(rows[0], 'taken'), nextMs: Number(rows[0]['next_ms']) };
}

/** Puts tokens back that no job was found for. */
export async function returnTokens(control: Control, schema: string, queue: string, tokens: number): Promise<void> {
  await control.query('give', `update ${quote(schema)}.job_queue set tokens = tokens + $2 where name = $1`, [
    queue,
    tokens,
  ]);
}
