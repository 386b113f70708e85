import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql } from '../postgres/sql.ts';

/**
 * Whether a queue has room for more. The count is taken at most every {@link FRESH_MS}; between counts this process adds
 * what it enqueues itself, so that a quota is overshot by at most what other processes enqueue in that time, and transactions
 * that are still open.
 */
export function createBacklog(count: (queue: string, most: number) => Promise<number>): Backlog {
  const known = new Map<string, Known>();
  const recounts = new Map<string, Promise<Known>>();
  /** Given room that is not used yet, which no count sees. */
  const given = new Map<string, number>();

  const recount = (queue: string, most: number): Promise<Known> => {
    const under =
      recounts.get(queue) ??
      count(queue, most)
        .then((waiting) => {
          const entry = { waiting: waiting + (given.get(queue) ?? 0), at: performance.now() };
          known.set(queue, entry);
          return entry;
        })
        .finally(() => recounts.delete(queue));
    recounts.set(queue, under);
    return under;
  };
  return {
    async take(queue, most, wanted) {
      const last = known.get(queue);
      const entry = last === undefined || performance.now() - last.at > FRESH_MS ? await recount(queue, most) : last;
      // Nobody comes between this look and the note of it.
      const taken = Math.max(0, Math.min(wanted, most - entry.waiting));
      entry.waiting += taken;
      given.set(queue, (given.get(queue) ?? 0) + taken);
      return taken;
    },
    use(queue, taken, used) {
      const left = (given.get(queue) ?? 0) - taken;
      if (left > 0) given.set(queue, left);
      else given.delete(queue);
      const entry = known.get(queue);
      if (entry !== undefined) entry.waiting -= taken - used;
    },
  };
}

interface Known {
  waiting: number;
  readonly at: number;
}

export interface Backlog {
  /** For how many of so many more jobs the queue has room; that is theirs until {@link use}. */
  take(queue: string, most: number, wanted: number): Promise<number>;
  /** Of the room that was taken so much was used; the rest is free again. */
  use(queue: string, taken: number, used: number): void;
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
