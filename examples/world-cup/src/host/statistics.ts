import type pg from 'pg';

/** How many take part, and how the points of the draw contest are spread. */
export async function statisticsOf(pool: pg.Pool): Promise<{
  entrants: number;
  predictions: number;
  forecasts: number;
  results: { points: number; entrants: number }[];
}> {
  const { rows: counts } = await pool.query<{ entrants: number; predictions: number; forecasts: number }>(
    `select (select count(*) from entrant)::int as entrants, (select count(*) from predictions)::int as predictions,
       (select count(*) from forecast)::int as forecasts`,
  );
  const { rows: results } = await pool.query<{ points: number; entrants: number }>(
    `select total_score as points, count(*)::int as entrants from results where total_score is not null group by 1 order by 1 desc`,
  );
  return { ...(counts[0] ?? { entrants: 0, predictions: 0, forecasts: 0 }), results };
}
