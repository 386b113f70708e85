import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text } from '../postgres/sql.ts';
import { standingTable } from '../projections/register.ts';
import type { Board } from './board.ts';
import { rankSql } from './rank-sql.ts';
import { ALL_TIME, listed, type StoredBoard, windowOf } from './stored-board.ts';

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

/**
 * Keeps a board's standings as they are now, for {@link compareWith}, until the transaction ends.
 *
 * @param live what the board of this name is so far, if there is one
 */
export async function remember(tx: Sql, schema: string, board: Board, live: StoredBoard | undefined): Promise<void> {
  const source =
    live !== undefined
      ? ranked(schema, board, live)
      : `select null::text as subject, null::text as window_key, null::bigint as total, null::numeric as rank where false`;
  await tx.query(`create temporary table scorekeep_before on commit drop as ${source}`);
}

/** Compares a board's standings with those that were remembered in this transaction. */
export async function compareWith(
  tx: Sql,
  schema: string,
  board: Board,
  definition: StoredBoard,
  limit: number,
): Promise<Comparison> {
  const [before, after] = await comparable(tx, schema, board);
  const { rows } = await tx.query(
    `with moves as materialized (
       select coalesce(a.subject::text, b.subject::text) collate "C" as subject, coalesce(a.window_key, b.window_key) as window_key, b.rank as rank_before, b.total as total_before, a.rank as rank_after, a.total as total_after,
         coalesce(a.total, 0) - coalesce(b.total, 0) as gain, coalesce(b.rank, 0) - coalesce(a.rank, 0) as climb
       from (${ranked(schema, board, definition)}) a full join scorekeep_before b on ${before} = ${after} and b.window_key = a.window_key
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

/** The subjects `b` before and `a` after, to be compared: as texts only where they are of another type by now. */
async function comparable(tx: Sql, schema: string, { name }: Board): Promise<[string, string]> {
  const { rows } = await tx.query(
    `select count(distinct (atttypid, attcollation)) = 1 as alike from pg_attribute where attrelid in (to_regclass('scorekeep_before'), to_regclass($1)) and attname = 'subject'`,
    [tableOf(schema, name)],
  );
  if (rows[0]?.['alike'] === true) return ['b.subject', 'a.subject'];
  return ['b.subject::text collate "C"', 'a.subject::text collate "C"'];
}

const tableOf = (schema: string, board: string): string => `${quote(schema)}.${quote(standingTable(board))}`;

function place(move: Row, when: 'before' | 'after'): Place | null {
  if (move[`rank_${when}`] === null) return null;
  return { rank: Number(move[`rank_${when}`]), points: integer(move, `total_${when}`) / 1000 };
}

/** Every line of a board, as it is defined in the database; with windows, a subject has one in each. */
function ranked(schema: string, { name, rank }: Board, definition: StoredBoard): string {
  return `select b.subject, ${windowOf(definition, 'b')}::text as window_key, b.total, ${rankSql(rank, definition, 'b')} as rank from ${tableOf(schema, name)} b where ${listed('b')}`;
}

/** Whether a key means the same piece of time on two boards, so that their lines can be compared. */
export const sameWindows = (a: StoredBoard, b: StoredBoard): boolean => keysOf(a) === keysOf(b);

/** What the keys of a board's windows are: a tournament's own, or first days of weeks that begin on one day, … */
function keysOf({ window }: StoredBoard): string {
  if (window === undefined) return ALL_TIME;
  if (window.every === 'tournament') return `tournament ${window.id}`;
  return window.every === 'week' ? `week from ${window.weekStart ?? 1}` : window.every;
}
