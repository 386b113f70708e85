import type pg from 'pg';
import { ScorekeepError } from '../errors.ts';
import type { PreviewOptions } from '../keep.ts';
import { transaction } from '../postgres/transaction.ts';
import { type Registered, registerProjection } from '../projections/register.ts';
import { runInTransaction } from '../runs/start-run.ts';
import type { Served } from '../work.ts';
import type { Board } from './board.ts';
import { type Comparison, compareWith, remember, sameWindows } from './compare.ts';
import { findBoard, isSame, liveStanding, registerBoard, stored, switchBoard } from './register-board.ts';
import type { StoredBoard } from './stored-board.ts';

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
    const live = await findBoard(tx, schema, board);
    const definition = live?.['definition'] as StoredBoard | undefined;
    if (definition !== undefined) assertSameWindows(board, definition);
    await remember(tx, schema, board, definition);
    await change?.(tx);
    // Before anything is scored: a board is locked before its scores are.
    if (live === undefined) await registerBoard(tx, schema, board, registered);
    else if (!isSame(live, registered.id)) await switchBoard(tx, schema, board, registered, false);
    await runInTransaction(tx, schema, registered, fold, where, limit);
    const { definition: now } = await liveStanding(tx, schema, board, registered.id);
    undone.comparison = await compareWith(tx, schema, board, now, moves);
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

/** Where a key means another piece of time than before, every line would be called gone or new. */
function assertSameWindows(board: Board, live: StoredBoard): void {
  if (sameWindows(live, stored(board))) return;
  throw new ScorekeepError(
    'DEFINITION_INVALID',
    `preview(): the board "${board.name}" has other windows than the one that is live, so their lines cannot be compared. Preview it under another name.`,
    { board: board.name },
  );
}
