import type pg from 'pg';
import { safeCode } from '../jobs/outcome.ts';
import { classifyError, codeOf, sqlState } from '../postgres/classify-error.ts';
import { divide, type Piece, sizeOf, type Unapplied } from './pieces.ts';

/**
 * Applies pieces all at once, under a savepoint. When that fails by fault of an event, or for its size, it is undone and divided: shards
 * one by one, then a shard's events in quarters, first to last, until the culprit stands alone; it is left out, and everything else is applied once.
 *
 * @param run applies pieces and answers what it left out
 * @param leaveOut notes such events in the transaction: those that `run` left out, and a culprit
 * @returns how many events were left out
 */
export async function isolate(
  tx: pg.PoolClient,
  pieces: readonly Piece[],
  run: (pieces: readonly Piece[]) => Promise<readonly Unapplied[]>,
  leaveOut: (culprits: readonly Unapplied[] | { readonly piece: Piece; readonly code: string }) => Promise<number>,
): Promise<number> {
  let out = 0;
  const groups: (readonly Piece[])[] = [pieces];
  for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
    const [piece] = group;
    if (piece === undefined) continue;
    await tx.query('savepoint isolate');
    try {
      const left = await run(group);
      if (left.length > 0) out += await leaveOut(left);
      // The last one is released by the commit: nearly always it is the only one.
      if (groups.length > 0) await tx.query('release savepoint isolate');
    } catch (error) {
      const isTooMuch = sizeOf(group) > 1 && TOO_MUCH_AT_ONCE.has(codeOf(error));
      if (!isOfAnEvent(error) && !isTooMuch) throw error;
      await tx.query('rollback to savepoint isolate; release savepoint isolate');
      if (sizeOf(group) === 1) out += await leaveOut({ piece, code: safeCode(codeOf(error)) });
      else groups.push(...divide(group).toReversed());
    }
  }
  return out;
}

/** statement time-out, out of memory, configured limit exceeded: fewer events may do */
const TOO_MUCH_AT_ONCE = new Set(['57014', '53200', '53400']);

/** What Postgres cannot compute or store, what a trigger raises, what a function in JavaScript throws; not a lost connection. */
export function isOfAnEvent(error: unknown): boolean {
  const verdict = classifyError(error);
  return verdict === 'data' || (verdict === 'broken' && (sqlState(error)?.startsWith('P0') ?? true));
}
