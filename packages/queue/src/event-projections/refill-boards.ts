import { fillStandings } from '../boards/standing-table.ts';
import type { Row, Sql } from '../postgres/sql.ts';
import { assertUnpruned } from './assert-unpruned.ts';
import { appliedEvents, readStandings } from './board-effects.ts';
import type { Following } from './following.ts';

/**
 * Computes the boards of a projection anew from what its live build has applied. The caller holds the projection's lock.
 *
 * @throws ScorekeepError EVENTS_PRUNED when there are boards, and the log no longer has all that they have points of
 */
export async function refillBoards(tx: Sql, following: Following): Promise<void> {
  const { schema, id } = following;
  const { rows } = await tx.query(
    `select id, name, definition from ${schema}.board where projection = $1 order by id`,
    [id],
  );
  if (rows.length > 0) await assertUnpruned(tx, following, `Boards of ${following.label} cannot be computed anew`);
  for (const standing of readStandings(following, rows as Row[])) {
    await tx.query(`delete from ${standing.table}`);
    await fillStandings(tx, standing, appliedEvents(following, standing.definition));
  }
}
