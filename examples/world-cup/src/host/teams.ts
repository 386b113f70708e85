import type pg from 'pg';

/** A team, in the guide's words. */
export interface TeamRow {
  readonly id: string;
  readonly engName: string;
  readonly code: string;
  /** Null until the draw. */
  readonly group: string | null;
  /** 1 to 48. */
  readonly order: number;
}

/** The names of the groups, in order. */
export const GROUPS: readonly string[] = [...'ABCDEFGHIJKL'];

/** All 48, by their numbers. */
export async function teamsOf(pool: pg.Pool): Promise<TeamRow[]> {
  const { rows } = await pool.query<TeamRow>(
    `select team_id::text as id, name as "engName", code, group_letter as "group", number as "order" from team order by number`,
  );
  return rows;
}
