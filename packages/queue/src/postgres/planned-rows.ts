import type { Sql } from './sql.ts';

/** How many rows Postgres believes a query to answer, by its statistics and without running it. */
export async function plannedRows(sql: Sql, query: string, values: unknown[]): Promise<number> {
  const { rows } = await sql.query(`explain (format json) ${query}`, values);
  const plan = rows[0]?.['QUERY PLAN'] as [{ Plan: { 'Plan Rows': number } }];
  return plan[0].Plan['Plan Rows'];
}
