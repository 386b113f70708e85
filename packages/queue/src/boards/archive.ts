import { integer, type Row, type Sql, text } from '../postgres/sql.ts';
import type { Entry } from './read-board.ts';

/** A window that has ended, and what it ended with. */
export interface ClosedWindow {
  readonly window: string;
  readonly entrants: number;
  readonly closedAt: Date;
}

/** Lines of a closed window's ranking as it ended, after so many of them. */
export async function readArchive(
  sql: Sql,
  schema: string,
  board: string,
  window: string,
  limit: number,
  after: number,
): Promise<Entry[]> {
  const { rows } = await sql.query(
    `select rank, subject, total, scored, ties from ${schema}.archive where board = $1 and window_key = $2 and place > $3 order by place limit ${limit}`,
    [board, window, after],
  );
  return rows.map(archived);
}

/** The windows of a board that are closed, newest first. */
export async function readClosedWindows(
  sql: Sql,
  schema: string,
  board: string,
  limit: number,
): Promise<ClosedWindow[]> {
  const { rows } = await sql.query(
    `select window_key, entrants, closed_at from ${schema}.closed_window where board = $1 order by window_key desc limit ${limit}`,
    [board],
  );
  return rows.map((row) => ({
    window: text(row, 'window_key'),
    entrants: integer(row, 'entrants'),
    closedAt: row['closed_at'] as Date,
  }));
}

const archived = (row: Row): Entry => ({
  rank: Number(row['rank']),
  subject: text(row, 'subject'),
  points: integer(row, 'total') / 1000,
  ties: row['ties'] as Record<string, number>,
  scored: integer(row, 'scored'),
});
