import { setTimeout as wait } from 'node:timers/promises';
import { ScorekeepError } from '../errors.ts';
import { quote } from '../postgres/identifiers.ts';
import { type Sql, text } from '../postgres/sql.ts';
import type { Fold, Want, Window } from '../slices/fold.ts';
import { type SliceWork, workSlice } from '../slices/work-slice.ts';
import { readRun } from './run-status.ts';

/** Most items of a run that is worked in the caller's own time, unless the caller says otherwise. */
export const INLINE_LIMIT = 10_000;

/**
 * @throws ScorekeepError INLINE_TOO_LARGE when the window holds more than `limit` items to score; finds out by an index
 *   scan that ends there
 */
export async function assertInlineSize(
  sql: Sql,
  fold: Fold,
  wants: readonly Want[],
  window: Window,
  limit: number,
): Promise<void> {
  if ((await fold.end(sql, wants, window, limit + 1)) === null) return;
  throw new ScorekeepError(
    'INLINE_TOO_LARGE',
    `More than ${limit} items are to be scored, too many for one call. Start workers and run without inline, or pass inline: { limit }.`,
    { limit },
  );
}

/** Works the slices of a run in this process, helps with those of others, and returns when the run is finished. */
export async function workInline(work: SliceWork, run: string): Promise<void> {
  for (;;) {
    for (const slice of await openSlices(work.pool, work.schema, run)) await workSlice(work, slice);
    await work.onRunOver(run);
    const { finishedAt, state, errors } = await readRun(work.pool, work.schema, run);
    if (finishedAt !== null) return;
    if (state === 'paused') {
      throw new ScorekeepError('RUN_PAUSED', `Run ${run} of this scope is paused. Resume it, or cancel it.`, { run });
    }
    if (errors.length > 0) {
      throw new ScorekeepError(
        'RUN_STUCK',
        `Run ${run} cannot go on: ${errors.join(', ')}. It goes on by itself, with workers, once that is mended.`,
        { run, errors },
      );
    }
    await wait(HELD_BY_OTHERS_MS);
  }
}

const HELD_BY_OTHERS_MS = 50;

async function openSlices(sql: Sql, schema: string, run: string): Promise<string[]> {
  const { rows } = await sql.query(
    `select id from ${quote(schema)}.slice where run = $1 and done_at is null order by lo nulls first`,
    [run],
  );
  return rows.map((row) => text(row, 'id'));
}
