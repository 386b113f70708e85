import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text } from '../postgres/sql.ts';
import { standingTable } from '../projections/register.ts';
import type { Board } from './board.ts';
import { rankSql } from './rank-sql.ts';
import { listed, windowOf } from './stored-board.ts';

/** A subject's place on a board. */
export interface Place {
  readonly rank: number;
  readonly points: number;
}

/** How one subject fares when a board changes; null where it is not on the board. */
export interface Move {
  readonly subject: string;
  /** The key of the window, on a board that has windows. */
  readonly window?: string;
  readonly before: Place | null;
  readonly after: Place | null;
}

/** What changes between two states of a board. */
export interface Comparison {
  /** Subjects whose points or rank differ. */
  readonly changed: number;
  readonly gain: number;
  readonly lose: number;
  /** The greatest changes first: by points, then by rank. */
  readonly moves: readonly Move[];
}

/** Keeps a board's standings as they are now, for {@link compareWith}, until the transaction ends. */
export async function remember(tx: Sql, schema: string, board: Board): Promise<void> {
  const table = `${quote(schema)}.${quote(standingTable(board.name))}`;
  const there = await tx.query('select to_regclass($1) is not null as there', [table]);
  const source =
    there.rows[0]?.['there'] === true
      ? ranked(board, table)
      : `select null::text as subject, null::text as window_key, null::bigint as total, null::numeric as rank where false`;
  await tx.query(`create temporary table scorekeep_before on commit drop as ${source}`);
}

/** Compares a board's standings with those that were remembered in this transaction. */
export async function compareWith(tx: Sql, schema: string, board: Board, limit: number): Promise<Comparison> {
  const table = `${quote(schema)}.${quote(standingTable(board.name))}`;
  const { rows } = await tx.query(
    `with moves as materialized (
       select coalesce(a.subject, b.subject) as subject, coalesce(a.window_key, b.window_key) as window_key, b.rank as rank_before, b.total as total_before, a.rank as rank_after, a.total as total_after,
         coalesce(a.total, 0) - coalesce(b.total, 0) as gain, coalesce(b.rank, 0) - coalesce(a.rank, 0) as climb
       from (${ranked(board, table)}) a full join scorekeep_before b on b.subject = a.subject and b.window_key = a.window_key
       where a.total is distinct from b.total or a.rank is distinct from b.rank)
     select (select count(*) from moves) as changed, (select count(*) from moves where gain > 0) as gain, (select count(*) from moves where gain < 0) as lose,
       coalesce((select json_agg(m) from (select * from moves order by abs(gain) desc, abs(climb) desc, subject, window_key limit $1) m), '[]') as moves`,
    [limit],
  );
  const row = rows[0] as Row;
  return {
    changed: integer(row, 'changed'),
    gain: integer(row, 'gain'),
    lose: integer(row, 'lose'),
    moves: (row['moves'] as Row[]).map((move) => ({
      subject: text(move, 'subject'),
      ...(board.window === null ? {} : { window: text(move, 'window_key') }),
      before: place(move, 'before'),
      after: place(move, 'after'),
    })),
  };
}

function place(move: Row, when: 'before' | 'after'): Place | null {
  if (move[`rank_${when}`] === null) return null;
  return { rank: Number(move[`rank_${when}`]), points: integer(move, `total_${when}`) / 1000 };
}

/** Every line of a board; with windows, a subject has one in each. */
function ranked(board: Board, table: string): string {
  const definition = { add: board.add, ties: board.ties, ...(board.window === null ? {} : { window: board.window }) };
  return `select b.subject::text as subject, ${windowOf(definition, 'b')}::text as window_key, b.total, ${rankSql(board.rank, definition, 'b')} as rank from ${table} b where ${listed('b')}`;
}
