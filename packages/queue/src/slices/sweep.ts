import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql, text } from '../postgres/sql.ts';
import { QUIET_MS } from './begin.ts';

/** What a sweep found to do. */
export interface Swept {
  /** Slices that were begun or fetched, and whose worker has fallen silent. */
  readonly quiet: readonly string[];
  /** Slices that nobody has touched since they were made, a while ago; their job may be lost, or just waiting its turn. */
  readonly untouched: readonly { readonly id: string; readonly projection: number }[];
  /** Runs whose slices are all done, but that nobody has closed. */
  readonly over: readonly string[];
}

/**
 * Looks for what a dead worker left lying. Slices that wait for their job's turn are told apart, so that pg-boss keeps
 * deciding on order and concurrency as long as its jobs are there. A slice that was fetched and not begun most likely waits
 * for the one before it: whoever is idle helps out soon, others only when its worker must be dead.
 *
 * @param by whether who asks is idle, and what it holds itself
 */
export async function sweep(
  sql: Sql,
  schema: string,
  projections: readonly number[],
  by: { readonly idle: boolean; readonly except: readonly string[] },
): Promise<Swept> {
  const { rows } = await sql.query(
    `with quiet as (
      select s.id, r.projection from ${quote(schema)}.slice s join ${quote(schema)}.run r on r.id = s.run
      where s.done_at is null and s.touched_at < clock_timestamp() - case when s.starts = 0 and not $4 then ${WAITING_MS} else $2 end * interval '1 millisecond'
        and s.id <> all ($5::uuid[]) and r.projection = any ($1) and r.paused_at is null and r.finished_at is null
      order by s.touched_at limit ${BATCH} for update of s skip locked
     )
     select 'quiet' as kind, id, projection from quiet
     union all
     (select 'untouched', s.id, r.projection from ${quote(schema)}.slice s join ${quote(schema)}.run r on r.id = s.run
      where s.done_at is null and s.touched_at is null and s.created_at < clock_timestamp() - $3 * interval '1 millisecond' and r.projection = any ($1) and r.paused_at is null and r.finished_at is null
      order by s.created_at limit ${BATCH})
     union all
     (select 'over', r.id, r.projection from ${quote(schema)}.run r where r.finished_at is null and r.open_slices = 0 and r.projection = any ($1) limit ${BATCH})`,
    [projections, QUIET_MS, UNTOUCHED_MS, by.idle, by.except],
  );
  const ids = (kind: string): string[] => rows.filter((row) => row['kind'] === kind).map((row) => text(row, 'id'));
  const untouched = rows
    .filter((row) => row['kind'] === 'untouched')
    .map((row) => ({ id: text(row, 'id'), projection: integer(row, 'projection') }));
  return { quiet: ids('quiet'), untouched, over: ids('over') };
}

/** Slices and runs taken up per sweep and kind; the next sweep is a moment later. */
const BATCH = 16;

/** How long a slice may wait in the hands of a busy worker, in milliseconds: nearly two of the usual size, and with the next sweep less than a second. */
const WAITING_MS = 700;

/** How long a slice's job is given to be fetched before anybody asks whether it still exists. */
const UNTOUCHED_MS = 1_000;
