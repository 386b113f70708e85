import { ScorekeepError } from '../errors.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql } from '../postgres/sql.ts';
import {
  createTable,
  PROJECTION_LOCK,
  type Registered,
  type StoredBoard,
  standingTable,
} from '../projections/register.ts';
import type { Board, TieBreak } from './board.ts';

/**
 * Makes a board known, the first time, and builds it from the scores there are. Slices of the projection wait
 * meanwhile, so none can miss it.
 *
 * @throws ScorekeepError PROJECTION_CHANGED when the name stands for another board
 */
export async function registerBoard(tx: Sql, schema: string, board: Board, registered: Registered): Promise<void> {
  let known = await findBoard(tx, schema, board);
  if (known === undefined) {
    await lock(tx, registered.id);
    known = await findBoard(tx, schema, board);
  }
  if (known === undefined) return build(tx, schema, board, registered);
  if (known['same'] === true && known['projection'] === registered.id) return;
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
  registered: Registered,
  anyLeft: boolean,
): Promise<void> {
  if (anyLeft) {
    throw new ScorekeepError(
      'NOT_READY',
      `Projection "${registered.name}" has items left to score; the board "${board.name}" would lose their points. Run it first.`,
      { board: board.name, projection: registered.name },
    );
  }
  const known = await findBoard(tx, schema, board);
  const ids = [registered.id, ...(known === undefined ? [] : [integer(known, 'projection')])];
  for (const id of new Set(ids.toSorted((a, b) => a - b))) await lock(tx, id);
  await tx.query(`delete from ${quote(schema)}.board where name = $1`, [board.name]);
  await tx.query(`drop table if exists ${quote(schema)}.${quote(standingTable(board.name))}`);
  await build(tx, schema, board, registered);
}

/**
 * Looks whether a board still has its name: another process may have switched it since.
 *
 * @throws ScorekeepError PROJECTION_CHANGED
 */
export async function assertLive(sql: Sql, schema: string, board: Board, projection: number): Promise<void> {
  const known = await findBoard(sql, schema, board);
  if (known === undefined || known['same'] !== true || known['projection'] !== projection) throw changed(board);
}

const changed = (board: Board): ScorekeepError =>
  new ScorekeepError(
    'PROJECTION_CHANGED',
    `Board "${board.name}" stands on another projection or other tie-breaks. Replace it with switchBoard, or give the new one another name.`,
    { board: board.name },
  );

const lock = (tx: Sql, projection: number): Promise<unknown> =>
  tx.query('select pg_advisory_xact_lock($1, $2)', [PROJECTION_LOCK, projection]);

const stored = (board: Board): StoredBoard => ({ add: board.add, ties: board.ties });

async function findBoard(tx: Sql, schema: string, board: Board): Promise<Row | undefined> {
  const { rows } = await tx.query(
    `select projection, definition = $2::jsonb as same from ${quote(schema)}.board where name = $1`,
    [board.name, JSON.stringify(stored(board))],
  );
  return rows[0];
}

async function build(tx: Sql, schema: string, board: Board, { id, target }: Registered): Promise<void> {
  const table = standingTable(board.name);
  await createTable(tx, schema, table, standingColumns(target.table.subject, board.ties));
  const order = ['total desc', ...board.ties.map((tie) => `${tie.column} ${tie.order}`), 'subject'];
  const name = `${quote(schema)}.${quote(table)}`;
  await tx.query(`create index on ${name} (${order.join(', ')})`);
  const columns = board.ties.map((tie) => tie.column);
  const sums = ['sum(milli)', 'count(milli)', ...columns.map((column) => `sum(${column})`)];
  await tx.query(
    `insert into ${name} (${['subject', 'total', 'scored', ...columns].join(', ')})
     select ${quote(target.table.subject.name)}, ${sums.join(', ')} from ${target.scores} where milli is not null group by 1`,
  );
  await tx.query(`insert into ${quote(schema)}.board (name, projection, definition) values ($1, $2, $3)`, [
    board.name,
    id,
    JSON.stringify(stored(board)),
  ]);
}

function standingColumns(subject: { type: string; collate: string }, ties: readonly TieBreak[]): string[] {
  const sums = ['total', 'scored', ...ties.map((tie) => tie.column)];
  return [`subject ${subject.type}${subject.collate} primary key`, ...sums.map((name) => `${name} bigint not null`)];
}
