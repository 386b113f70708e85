import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Sql } from './sql.ts';

/**
 * Statements that each connection parses and plans once. For texts of which there are few, with all values bound; not for a
 * host's own pool, which may end at a pooler that hands each transaction to another connection.
 */
export function prepared(pool: pg.Pool): Sql {
  const names = new Map<string, string>();
  return {
    query(text, values = []) {
      const name = names.get(text) ?? createHash('sha1').update(text).digest('hex');
      names.set(text, name);
      return pool.query({ name, text, values });
    },
  };
}
