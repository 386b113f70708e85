import type pg from 'pg';
import { quote } from '../postgres/identifiers.ts';
import type { Sql } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import { standingOf } from '../projections/register.ts';
import { buildHistogram, isOvergrown } from './histogram.ts';
import { lockProjection } from './register-board.ts';
import type { Standing } from './stored-board.ts';

/** Cuts the buckets of a projection's boards anew where they have outgrown their bounds. Slices wait for it. */
export async function splitBuckets(pool: pg.Pool, schema: string, projection: number): Promise<void> {
  const standings = async (sql: Sql): Promise<Standing[]> => {
    const { rows } = await sql.query(`select id, name, definition from ${quote(schema)}.board where projection = $1`, [
      projection,
    ]);
    const all = rows.map((row) => standingOf(schema, row as unknown as Standing));
    return all.filter(({ definition }) => definition.marks === undefined);
  };
  for (const { id } of await standings(pool)) {
    const overgrown = async (sql: Sql): Promise<Standing | undefined> => {
      const standing = (await standings(sql)).find((one) => one.id === id);
      return standing !== undefined && (await isOvergrown(sql, standing)) ? standing : undefined;
    };
    if ((await overgrown(pool)) === undefined) continue;
    await transaction(pool, async (tx) => {
      await lockProjection(tx, projection);
      const standing = await overgrown(tx);
      if (standing !== undefined) await buildHistogram(tx, standing);
    });
  }
}
