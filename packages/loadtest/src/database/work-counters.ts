import { LoadtestError } from '../loadtest-error.ts';
import type { CounterMetric } from '../metrics.ts';
import type { Expendable } from './open-database.ts';

export type WorkCounters = Partial<Readonly<Record<CounterMetric, number>>>;

/**
 * Counts what Postgres does for Scorekeep's own statements while something runs, per thousand items. pg-boss's polling,
 * autovacuum and our own looking around go by the clock, so they are left out by their text; a page's image that a
 * checkpoint makes is left out by switching images off meanwhile, where the server is ours.
 *
 * @throws LoadtestError `ENVIRONMENT_MISSING` where `pg_stat_statements` does not count
 */
export async function countWork<Value>(
  { pool, counts, serverPid }: Expendable,
  items: number,
  work: () => Promise<Value>,
): Promise<readonly [Value, WorkCounters]> {
  if (!counts) {
    const message =
      "Work is counted by pg_stat_statements, which this server does not load: set shared_preload_libraries = 'pg_stat_statements', or leave --database-url out";
    throw new LoadtestError('ENVIRONMENT_MISSING', message);
  }
  const ours = serverPid !== undefined;
  const pageImages = (on: boolean): Promise<unknown> =>
    pool
      .query(`alter system ${on ? 'reset full_page_writes' : 'set full_page_writes = off'}`)
      .then(() => pool.query('select pg_reload_conf()'));
  if (ours) await pageImages(false);
  try {
    await pool.query('checkpoint; select pg_stat_statements_reset()');
    const value = await work();
    const { rows } = await pool.query(`
      select sum(calls)::float8 as statements, sum(wal_records)::float8 as wal_records, sum(wal_bytes)::float8 as wal_bytes,
        sum(wal_fpi)::float8 as page_images, sum(shared_blks_hit + shared_blks_read)::float8 as blocks,
        sum(calls) filter (where query ~* '^commit')::float8 as transactions
      from pg_stat_statements s join pg_database d on d.oid = s.dbid
      where d.datname = current_database() and query not like '%pg\\_stat\\_%' and query not like '%scorekeep\\_jobs%'
        and (query like '%scorekeep%' or query ~* '^commit')`);
    const [row] = rows;
    const per1k = (amount: number): number => (amount * 1000) / items;
    return [
      value,
      {
        'pg.statements_per_1k': per1k(row.statements),
        'pg.transactions_per_1k': per1k(row.transactions),
        'pg.wal_records_per_1k': per1k(row.wal_records),
        'pg.blocks_per_1k': per1k(row.blocks),
        ...(row.page_images === 0 || ours ? { 'pg.wal_bytes_per_1k': per1k(row.wal_bytes) } : {}),
      },
    ];
  } finally {
    if (ours) await pageImages(true);
  }
}
