import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Sql } from './sql.ts';

/**
 * The same as `bossDatabase`, but each of pg-boss's statements is prepared once per connection: they are long, and parsing
 * and planning them is half of what a single job costs. Behind PgBouncer it takes 1.21 or newer.
 *
 * @param onRows is shown what each statement answered, before pg-boss sees it
 */
export function preparedDatabase(
  target: pg.Pool | pg.ClientBase,
  onRows?: (rows: Record<string, unknown>[]) => void,
): { executeSql(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }> } {
  return {
    async executeSql(text, values = []) {
      const name = nameOf(text);
      const query = name === undefined ? { text, values } : { name, text, values };
      const result = await (target as pg.ClientBase).query<Record<string, unknown>>(query);
      onRows?.(result.rows);
      return result;
    },
  };
}

/**
 * Statements that each connection parses and plans once, where all values are bound. Not for a host's own pool, which may
 * end at a pooler that hands each transaction to another connection.
 */
export const prepared = (on: pg.Pool | pg.ClientBase): Sql => ({
  query(text, values = []) {
    const name = nameOf(text);
    return (on as pg.ClientBase).query(name === undefined ? { text, values } : { name, text, values });
  },
});

const names = new Map<string, string>();
/** Texts differ by queue and batch size. Beyond so many, statements go unprepared rather than fill every connection. */
const NAMES_MAX = 500;

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= NAMES_MAX) return known;
  const name = `scorekeep_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  names.set(text, name);
  return name;
}
