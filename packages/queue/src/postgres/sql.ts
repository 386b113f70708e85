import type pg from 'pg';

/**
 * The one seam to Postgres: anything that runs a statement. A `pg` client or transaction is one; so is a host's own
 * transaction wrapped in a function of one line.
 */
export interface Sql {
  query(text: string, values?: unknown[]): Promise<{ rows: Row[]; rowCount: number | null }>;
}

/** A row as the driver gives it: read with the functions of this file, which check what they read. */
export type Row = Record<string, unknown>;

/** Reads a column that holds text. */
export function text(row: Row | undefined, column: string): string {
  const value = row?.[column];
  if (typeof value !== 'string') throw new TypeError(`column ${column} holds ${typeof value}, not text`);
  return value;
}

/** Reads a column that holds an integer; bigint arrives as text and is read as far as a double is exact. */
export function integer(row: Row | undefined, column: string): number {
  const value = Number(row?.[column] ?? Number.NaN);
  if (!Number.isSafeInteger(value))
    throw new TypeError(`column ${column} holds ${String(row?.[column])}, not an integer`);
  return value;
}

/** Reads a column that holds text or NULL. */
export function textOrNull(row: Row | undefined, column: string): string | null {
  return row?.[column] == null ? null : text(row, column);
}

/** What pg-boss takes as `db`, so that its statements run on our connection or in our transaction. */
export const bossDatabase = (
  sql: Sql | pg.Pool,
): { executeSql(text: string, values?: unknown[]): Promise<{ rows: Row[] }> } => ({
  executeSql: (statement, values) => sql.query(statement, values),
});
