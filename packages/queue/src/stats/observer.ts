import type pg from 'pg';
import { quote } from '../postgres/identifiers.ts';
import type { Sql } from '../postgres/sql.ts';
import { readStats } from './read-stats.ts';
import type { Stats } from './stats.ts';

/** What {@link observe} found. */
export interface Observation {
  /** Undefined for everybody but the one that holds the lease: what all publish would be counted once for each. */
  readonly stats: Stats | undefined;
  /** Seconds since anybody last read the figures, by the database's clock; null when nobody has yet. */
  readonly ageSeconds: number | null;
}

/**
 * Reads the figures, if this holder is the one whose turn it is: of all that ask, the first takes a lease, keeps it for
 * as long as it asks again before it ends, and anybody takes it over afterwards. What a clock that was set back since has left
 * in the future counts as nothing: figures would look new, and a lease would bind, for as long as it was set back by.
 *
 * @param holder told apart from others by this; one per connection
 */
export async function observe(sql: Sql, schema: string, holder: string, leaseSeconds: number): Promise<Observation> {
  const observer = `${quote(schema)}.observer`;
  const { rowCount } = await sql.query(
    `insert into ${observer} as o (holder, held_until) values ($1, clock_timestamp() + $2 * interval '1 second')
     on conflict (one) do update set holder = excluded.holder, held_until = clock_timestamp() + $2 * interval '1 second'
     where o.holder = excluded.holder or o.held_until < clock_timestamp() or o.held_until > clock_timestamp() + $2 * interval '1 second'`,
    [holder, leaseSeconds],
  );
  const stats = rowCount === 1 ? await readStats(sql, schema) : undefined;
  if (stats !== undefined) {
    await sql.query(
      `update ${observer} set read_at = greatest(case when read_at <= clock_timestamp() then read_at end, $2) where holder = $1`,
      [holder, stats.readAt],
    );
  }
  const { rows } = await sql.query(
    `select extract(epoch from clock_timestamp() - read_at)::float8 as age from ${observer} where read_at <= clock_timestamp()`,
  );
  return { stats, ageSeconds: rows[0] === undefined ? null : Math.max(0, Number(rows[0]['age'])) };
}

/** Gives the lease back, so that another need not wait for its end. */
export async function stopObserving(sql: Sql, schema: string, holder: string): Promise<void> {
  await sql.query(`update ${quote(schema)}.observer set held_until = '-infinity' where holder = $1`, [holder]);
}

/** The connections of a pool, now. */
export interface PoolUse {
  readonly max: number;
  readonly idle: number;
  readonly used: number;
  /** Calls that wait for a connection. */
  readonly waiting: number;
}

export const poolUse = (pool: pg.Pool): PoolUse => ({
  max: pool.options.max,
  idle: pool.idleCount,
  used: pool.totalCount - pool.idleCount,
  waiting: pool.waitingCount,
});
