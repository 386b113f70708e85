import type pg from 'pg';
import { ScorekeepError } from '../errors.ts';
import type { PreviewOptions } from '../keep.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import { type Registered, registerProjection } from '../projections/register.ts';
import { runInTransaction } from '../runs/start-run.ts';
import type { Served } from '../work.ts';
import type { Board } from './board.ts';
import { type Comparison, compareWith, remember } from './compare.ts';
import { registerBoard, switchBoard } from './register-board.ts';

/**
 * Does what a correction or a new version would do, in a transaction that is rolled back, and tells what it changed.
 * Slices of the projection wait for it where a board has to be built for the comparison.
 */
export async function previewBoard(
  pool: pg.Pool,
  schema: string,
  board: Board,
  serve: (registered: Registered) => Served,
  { where = {}, change, limit, moves }: PreviewOptions & { limit: number; moves: number },
): Promise<Comparison> {
  const { of } = board;
  if (of.kind !== 'projection') {
    throw new ScorekeepError(
      'DEFINITION_INVALID',
      `preview(): the board "${board.name}" is over events, which are not corrected. Compare builds with projections.diff.`,
      { board: board.name },
    );
  }
  const undone = new Undo();
  return transaction(pool, async (tx) => {
    const registered = await registerProjection(tx, schema, of);
    const { fold } = serve(registered);
    await remember(tx, schema, board);
    await change?.(tx);
    const live = await liveProjection(tx, schema, board);
    if (live === undefined) await registerBoard(tx, schema, board, registered);
    await runInTransaction(tx, schema, registered, fold, where, limit);
    if (live !== undefined && live !== registered.id) await switchBoard(tx, schema, board, registered, false);
    undone.comparison = await compareWith(tx, schema, board, moves);
    throw undone;
  }).catch((error: unknown) => {
    if (error === undone && undone.comparison !== undefined) return undone.comparison;
    throw error;
  });
}

/** Carries the answer out of a transaction that must not commit. */
class Undo extends Error {
  comparison: Comparison | undefined;
}

/** The projection that the board of this name stands on, if there is one. */
async function liveProjection(tx: Sql, schema: string, board: Board): Promise<number | undefined> {
  const { rows } = await tx.query(`select projection from ${quote(schema)}.board where name = $1`, [board.name]);
  return rows[0] === undefined ? undefined : integer(rows[0], 'projection');
}
