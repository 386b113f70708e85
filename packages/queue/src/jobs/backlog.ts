import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql } from '../postgres/sql.ts';

/**
 * Whether a queue has room for more. The count is taken at most every {@link FRESH_MS}; between counts this process adds
 * what it enqueues itself, so that a quota is overshot by at most what other processes enqueue in that time.
 */
export function createBacklog(count: (queue: string, most: number) => Promise<number>): Backlog {
  const known = new Map<string, { waiting: number; at: number }>();
  return {
    async room(queue, most) {
      let entry = known.get(queue);
      if (entry === undefined || performance.now() - entry.at > FRESH_MS) {
        entry = { waiting: await count(queue, most), at: performance.now() };
        known.set(queue, entry);
      }
      return Math.max(0, most - entry.waiting);
    },
    add(queue, jobs) {
      const entry = known.get(queue);
      if (entry !== undefined) entry.waiting += jobs;
    },
  };
}

export interface Backlog {
  /** How many more jobs the queue takes. */
  room(queue: string, most: number): Promise<number>;
  add(queue: string, jobs: number): void;
}

const FRESH_MS = 250;
/** What a refused caller is told to wait. */
export const RETRY_AFTER_SECONDS = 1;

/** Jobs that wait in a queue, counted as far as `most`: read from pg-boss's table, since its own count is a minute old. */
export async function countWaiting(sql: Sql, schema: string, queue: string, most: number): Promise<number> {
  const { rows } = await sql.query(
    `select count(*)::int as waiting from (select from ${quote(`${schema}_jobs`)}.job where name = $1 and state < 'active' limit $2) as found`,
    [queue, most],
  );
  return integer(rows[0], 'waiting');
}
