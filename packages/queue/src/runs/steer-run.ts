import { quote } from '../postgres/identifiers.ts';
import { type Sql, text } from '../postgres/sql.ts';

/** A run as far as steering it goes: whose queue its jobs are in, and which slices are not done. */
export interface Steered {
  readonly projection: string;
  readonly slices: readonly string[];
}

/**
 * Stops a run from being worked on; steps under way end first. Slices are touched before their run, in the order in
 * which a step locks them.
 *
 * @param sql a transaction
 */
export async function pauseRun(sql: Sql, schema: string, run: string): Promise<Steered | undefined> {
  // A start that the pause interrupts is no crash.
  await sql.query(`update ${quote(schema)}.slice set settled = starts where run::text = $1 and done_at is null`, [run]);
  const { rowCount } = await sql.query(
    `update ${quote(schema)}.run set paused_at = clock_timestamp() where id::text = $1 and finished_at is null and paused_at is null`,
    [run],
  );
  return rowCount === 0 ? undefined : steered(sql, schema, run);
}

/** Has a paused run worked on again, from where it was. */
export async function resumeRun(sql: Sql, schema: string, run: string): Promise<Steered | undefined> {
  const { rowCount } = await sql.query(
    `update ${quote(schema)}.run set paused_at = null where id::text = $1 and finished_at is null and paused_at is not null`,
    [run],
  );
  return rowCount === 0 ? undefined : steered(sql, schema, run);
}

/** Ends a run before its end. What it has scored stays scored; the rest is unscored, as it was. */
export async function cancelRun(sql: Sql, schema: string, run: string): Promise<Steered | undefined> {
  const { rows } = await sql.query(`select 1 from ${quote(schema)}.run where id::text = $1 and finished_at is null`, [
    run,
  ]);
  if (rows.length === 0) return undefined;
  const open = await steered(sql, schema, run);
  await sql.query(
    `update ${quote(schema)}.slice set done_at = clock_timestamp() where run::text = $1 and done_at is null`,
    [run],
  );
  const { rowCount } = await sql.query(
    `update ${quote(schema)}.run set cancelled_at = clock_timestamp(), finished_at = clock_timestamp() where id::text = $1 and finished_at is null`,
    [run],
  );
  return rowCount === 0 ? undefined : open;
}

async function steered(sql: Sql, schema: string, run: string): Promise<Steered> {
  const { rows } = await sql.query(
    `select p.name || '_v' || p.version as label, coalesce(json_agg(s.id) filter (where s.id is not null), '[]') as slices
     from ${quote(schema)}.run r join ${quote(schema)}.projection p on p.id = r.projection
     left join ${quote(schema)}.slice s on s.run = r.id and s.done_at is null where r.id::text = $1 group by p.name, p.version`,
    [run],
  );
  return { projection: text(rows[0], 'label'), slices: rows[0]?.['slices'] as string[] };
}
