import { fillStandings } from '../boards/standing-table.ts';
import type { Row, Sql } from '../postgres/sql.ts';
import { appliedEvents, readStandings } from './board-effects.ts';
import type { Following } from './following.ts';

/** Computes the boards of a projection anew from what its live build has applied. The caller holds the projection's lock. */
export async function refillBoards(tx: Sql, following: Following): Promise<void> {
  const { schema, id } = following;
  const { rows } = await tx.query(
    `select id, name, definition from ${schema}.board where projection = $1 order by id`,
    [id],
  );
  for (const standing of readStandings(following, rows as Row[])) {
    await tx.query(`delete from ${standing.table}`);
    await fillStandings(tx, standing, appliedEvents(following, standing.definition));
  }
}
