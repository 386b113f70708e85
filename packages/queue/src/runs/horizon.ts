import { quote } from '../postgres/identifiers.ts';
import { type Sql, text } from '../postgres/sql.ts';
import type { Horizon } from '../slices/fold.ts';

/** Notes, in the transaction that starts a run, which transactions its slices may not see; before any slice reads. */
export async function recordHorizon(tx: Sql, schema: string, run: string): Promise<void> {
  await tx.query(`insert into ${quote(schema)}.run_horizon (run) values ($1)`, [run]);
}

/**
 * What a run noted, if it can be believed here. Transaction ids mean nothing in another cluster, and on Citus a table's
 * rows are written by those of other nodes. A minute is for a clock that is set back.
 */
export async function readHorizon(sql: Sql, schema: string, run: string): Promise<Horizon | undefined> {
  const { rows } = await sql.query(
    `select h.oldest::xid::text as xid, (r.started_at - interval '1 minute')::text as time from ${quote(schema)}.run_horizon h join ${quote(schema)}.run r on r.id = h.run
     where h.run = $1 and h.xmin = h.written_by::xid and not exists (select 1 from pg_extension where extname = 'citus')`,
    [run],
  );
  const row = rows[0];
  return row === undefined ? undefined : { xid: text(row, 'xid'), time: text(row, 'time') };
}
