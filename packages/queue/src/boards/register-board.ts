import { ScorekeepError } from '../errors.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql } from '../postgres/sql.ts';
import { PROJECTION_LOCK, standingOf, standingTable } from '../projections/register.ts';
import type { InspectedTable } from '../tables/inspect-table.ts';
import type { Board } from './board.ts';
import { assertTimes } from './item-time.ts';
import { type BoardSource, createStandings, viewName } from './standing-table.ts';
import { recomputes, type Standing, type StoredBoard } from './stored-board.ts';

/**
 * Makes a board known, the first time, and builds it from the scores there are. Slices of the projection wait
 * meanwhile, so none can miss it.
 *
 * @throws ScorekeepError PROJECTION_CHANGED when the name stands for another board
 */
export async function registerBoard(tx: Sql, schema: string, board: Board, registered: BoardSource): Promise<void> {
  let known = await findBoard(tx, schema, board);
  if (known === undefined) {
    await lockName(tx, schema, board);
    await lockProjection(tx, registered.id);
    known = await findBoard(tx, schema, board);
  }
  if (known === undefined) return build(tx, schema, board, registered);
  if (isSame(known, registered.id)) return;
  throw changed(board);
}

/**
 * Puts a board in the place of the one that has its name, on another version of the projection or with other
 * tie-breaks, built from the scores there are. Readers see the one or the other, never a mixture; switching back is
 * the same call with the old board.
 *
 * @throws ScorekeepError NOT_READY when the new projection has items left to score
 */
export async function switchBoard(
  tx: Sql,
  schema: string,
  board: Board,
  registered: BoardSource,
  anyLeft: boolean,
): Promise<void> {
  if (anyLeft) {
    throw new ScorekeepError(
      'NOT_READY',
      `Projection "${registered.name}" has items left to score; the board "${board.name}" would lose their points. Run it first.`,
      { board: board.name, projection: registered.name },
    );
  }
  await lockName(tx, schema, board);
  const known = await findBoard(tx, schema, board);
  const ids = [registered.id, ...(known === undefined ? [] : [integer(known, 'projection')])];
  for (const id of new Set(ids.toSorted((a, b) => a - b))) await lockProjection(tx, id);
  await tx.query(`delete from ${quote(schema)}.board where name = $1`, [board.name]);
  await tx.query(`drop view if exists ${quote(schema)}.${quote(viewName(board.name))}`);
  await tx.query(`drop table if exists ${quote(schema)}.${quote(standingTable(board.name))}`);
  await build(tx, schema, board, registered);
}

/**
 * The board as it stands in the database: another process may have switched it since.
 *
 * @throws ScorekeepError PROJECTION_CHANGED
 */
export async function liveStanding(sql: Sql, schema: string, board: Board, projection: number): Promise<Standing> {
  const known = await findBoard(sql, schema, board);
  if (known === undefined || !isSame(known, projection)) throw changed(board);
  return standingOf(schema, {
    id: integer(known, 'id'),
    name: board.name,
    definition: known['definition'] as StoredBoard,
  });
}

/**
 * Keeps the name of a board with the projection that it stands on until the transaction ends, so that the one found is the
 * one to lock. Comes before {@link lockProjection}.
 */
const lockName = (tx: Sql, schema: string, board: Board): Promise<unknown> =>
  tx.query('select pg_advisory_xact_lock($1, hashtext($2))', [BOARD_LOCK, `${schema}.${board.name}`]);

const BOARD_LOCK = 0x5c082;

/** Keeps slices of a projection from writing until the transaction ends; waits for those that do. */
export const lockProjection = (tx: Sql, projection: number): Promise<unknown> =>
  tx.query('select pg_advisory_xact_lock($1, $2)', [PROJECTION_LOCK, projection]);

const changed = (board: Board): ScorekeepError =>
  new ScorekeepError(
    'PROJECTION_CHANGED',
    `Board "${board.name}" stands on another projection or other tie-breaks. Replace it with switchBoard, or give the new one another name.`,
    { board: board.name },
  );

/** What is kept of a board. */
export const stored = ({ add, ties, at, window, by }: Board): StoredBoard => ({
  add,
  ties,
  ...(by === null ? {} : { by }),
  ...(at === null ? {} : { at }),
  ...(window === null ? {} : { window }),
  ...(ties.length === 0 ? { place: 'total' } : {}),
});

/** The board that has the name of this one, if there is one: `id`, `projection`, `definition`, and whether that is the `same`. */
export async function findBoard(tx: Sql, schema: string, board: Board): Promise<Row | undefined> {
  const { rows } = await tx.query(
    `select id, projection, definition, definition - 'place' = $2::jsonb - 'place' as same from ${quote(schema)}.board where name = $1`,
    [board.name, JSON.stringify(stored(board))],
  );
  return rows[0];
}

/** Whether a board that was found is defined the same and stands on a projection. */
export const isSame = (found: Row, projection: number): boolean =>
  found['same'] === true && found['projection'] === projection;

/** Subjects that are computed again go to Postgres as a list. @throws ScorekeepError WRONG_COLUMN_TYPE */
function assertListable({ log, subject }: InspectedTable, name: string, definition: StoredBoard): void {
  // What a correction has computed again, an item that was parked has, too, and any log may have those.
  if (subject.listable || !recomputes(definition, 'parked')) return;
  throw new ScorekeepError(
    'WRONG_COLUMN_TYPE',
    `board("${name}"): its subjects are computed again from their scores, which cannot be done where a subject is ${subject.type}, as "${subject.name}" of ${log.table}. Rank another column, or add a sum, a count or an average without a window.`,
    { board: name, table: log.table, column: subject.name, type: subject.type },
  );
}

async function build(tx: Sql, schema: string, board: Board, registered: BoardSource): Promise<void> {
  const { id, target } = registered;
  const definition = stored(board);
  assertListable(target.table, board.name, definition);
  await assertTimes(tx, target.table, board.name, definition);
  const { rows } = await tx.query(
    `insert into ${quote(schema)}.board (name, projection, definition) values ($1, $2, $3) returning id`,
    [board.name, id, JSON.stringify(definition)],
  );
  const standing = standingOf(schema, { id: integer(rows[0], 'id'), name: board.name, definition });
  await createStandings(tx, schema, board, standing, registered);
}
