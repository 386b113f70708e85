import type pg from 'pg';

/**
 * The names that the guide's SQL uses, as views: `predictions`, `results` and `teams`. A score does not keep the time of
 * its own; what is told is when the last run was over. Of two versions that are served they stand for the first.
 *
 * @param schema Scorekeep's
 * @param version of the draw contest's rules
 */
export async function createGuideViews(pool: pg.Pool, schema: string, version: number): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(`select pg_advisory_xact_lock(hashtextextended('world-cup', 0))`);
    const { rows } = await client.query<{ made: boolean }>(`select to_regclass('results') is not null as made`);
    if (version === 1 || rows[0]?.made === false) await client.query(viewsOf(schema, version));
    await client.query('commit');
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

const viewsOf = (schema: string, version: number): string => `
  create or replace view predictions as
    select entrant_id as id, entrant_id as user_id, picks as predict, locked_at from draw_entry;
  create or replace view results as
    select entrant_id as prediction_id, entrant_id as id, entrant_id as user_id, milli / 1000 as total_score,
      (select max(finished_at) from ${schema}.run r join ${schema}.projection p on p.id = r.projection
       where p.name = 'draw_points' and p.version = ${version}) as processed_at
    from ${schema}.score_draw_points_v${version} where reason >= 0;
  create or replace view teams as
    select team_id as id, name as "engName", code, group_letter as "group", number as "order" from team`;
