import type pg from 'pg';
import { checkOut } from '../postgres/check-out.ts';
import { quote } from '../postgres/identifiers.ts';
import { type Row, text } from '../postgres/sql.ts';
import type { Board } from './board.ts';
import { viewName } from './standing-table.ts';

/** How a board is written out. */
export interface ExportOptions {
  /** `csv` by RFC 4180 with a heading; `ndjson`, one JSON object to a line. */
  readonly format: 'csv' | 'ndjson';
  /** Only this window. Default: all. */
  readonly window?: string;
}

/**
 * A board as lines of text, each with its line end: window, rank, subject, points, how many items were scored, and the
 * tie-breaks. All of it is of one moment, however long it takes to read.
 */
export async function* exportBoard(
  pool: pg.Pool,
  schema: string,
  board: Board,
  { format, window }: ExportOptions,
): AsyncGenerator<string> {
  let failed: Error | undefined;
  // While its reader takes its time no statement hears of a session that ends.
  const onError = (error: Error): void => {
    failed = error;
  };
  const client = await checkOut(pool, onError);
  try {
    await client.query('begin isolation level repeatable read read only');
    await client.query(
      `declare lines no scroll cursor for select l.window_key, l.rank::text, l.subject::text, l.points::text, l.scored::text, l.ties
       from ${schema}.${quote(viewName(board.name))} l ${window === undefined ? '' : 'where l.window_key = $1'} order by l.window_key, l.rank, l.subject`,
      window === undefined ? [] : [window],
    );
    const ties = board.ties.map(({ id }) => id);
    if (format === 'csv') yield csv(['window', 'rank', 'subject', 'points', 'scored', ...ties]);
    for (;;) {
      const { rows } = await client.query<Row>(`fetch ${FETCH} from lines`);
      for (const row of rows) yield format === 'csv' ? csv(cells(row, ties)) : json(row);
      if (rows.length < FETCH) break;
    }
    await client.query('commit');
  } catch (error) {
    failed = error as Error;
    throw error;
  } finally {
    // A reader that stops early leaves the transaction open.
    if (failed === undefined) await client.query('rollback').catch((error: Error) => (failed = error));
    client.removeListener('error', onError);
    client.release(failed);
  }
}

const FETCH = 1000;

function cells(row: Row, ties: readonly string[]): string[] {
  const values = row['ties'] as Record<string, number>;
  const names = ['window_key', 'rank', 'subject', 'points', 'scored'];
  return [...names.map((name) => text(row, name)), ...ties.map((tie) => String(values[tie]))];
}

function csv(cells: readonly string[]): string {
  const quoted = cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell));
  return `${quoted.join(',')}\r\n`;
}

/** Numbers as JSON numbers: ranks and points are exact to the thousandth as text, and a double holds them. */
function json(row: Row): string {
  const line = {
    window: row['window_key'],
    rank: Number(row['rank']),
    subject: row['subject'],
    points: Number(row['points']),
    scored: Number(row['scored']),
    ties: row['ties'],
  };
  return `${JSON.stringify(line)}\n`;
}
