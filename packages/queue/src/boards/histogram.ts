import type { Sql } from '../postgres/sql.ts';
import { listed, placeOf, type Standing, windowOf } from './stored-board.ts';

/**
 * The end of each statement that moves standings: counts each entrant that changed its bucket out of the old and into the new
 * one, in the order of the key, so that two transactions never wait for each other in a circle.
 *
 * @param moves a query of (window_key, place, n): n is -1 for where an entrant was, 1 for where it is
 * @param suffix makes the names of the expressions unique in the statement
 */
export function moveHistogram({ id, schema, definition }: Standing, moves: string, suffix: string): string {
  // Where there is one window its key is a constant, which Postgres would hash and compare as a text for each row.
  const [key, by] = definition.window === undefined ? ['', '3'] : ['window_key, ', '2, 3'];
  return `,
moved_${suffix} as (
  select ${key}width_bucket(place, (${bounds(schema, id)})) as bucket, sum(n)::int as n
  from (${moves}) move group by ${key}bucket having sum(n) <> 0
),
histogram_${suffix} as (
  insert into ${schema}.histogram as h (board, window_key, upper, shard, n, counts)
  select ${id}, ${windowOf(definition, 'm')}, bucket / ${UPPER}, pg_backend_pid() % ${SHARDS}, sum(n), ${counts(schema)}
  from moved_${suffix} m group by ${by} order by ${by}
  on conflict (board, window_key, upper, shard) do update set n = h.n + excluded.n,
    counts = array(select unnest(h.counts) + unnest(excluded.counts))
)`;
}

/** How many entrants of a window are better than a standing, in places of the histogram: an expression over the standing `me`. */
export function betterByHistogram({ id, table, schema, definition }: Standing): { joins: string; count: string } {
  const place = placeOf(definition);
  const window = windowOf(definition, 'me');
  const sameWindow = definition.window === undefined ? '' : 't.window_key = me.window_key and ';
  const bucket = (side: string): string =>
    `select b.number, b.lower from ${schema}.bucket b where b.board = ${id} ${side} limit 1`;
  // The bucket above tells the number of this one and where it ends; only the best bucket has to look for its own.
  const mine = `select coalesce(above.number - 1, (select best.number from (${bucket('order by b.lower desc')}) best), 0) as number, coalesce(above.lower, 9223372036854775807) as upper
    from (select) one left join lateral (${bucket(`and b.lower > me.${place} order by b.lower`)}) above on true`;
  // Arrays count from 1.
  const within = `(select sum(count) from unnest(h.counts[mine.number % ${UPPER} + 2 :]) as count)`;
  return {
    // OFFSET 0 has the bucket looked up once.
    joins: `cross join lateral (${mine} offset 0) mine`,
    count: `coalesce((select sum(case when h.upper > mine.number / ${UPPER} then h.n else ${within} end) from ${schema}.histogram h
        where h.board = ${id} and h.window_key = ${window} and h.upper >= mine.number / ${UPPER}), 0)
      + (select count(*) from ${table} t where ${sameWindow}${listed('t')} and t.${place} > me.${place} and t.${place} < mine.upper)`,
  };
}

/**
 * Cuts a board's buckets anew by quantiles, and counts. Afterwards a bucket holds at most {@link BUCKET_MAX} entrants, unless
 * they are all in one place.
 */
export async function buildHistogram(tx: Sql, { id, table, schema, definition }: Standing): Promise<void> {
  await tx.query(`delete from ${schema}.bucket where board = $1`, [id]);
  await tx.query(`delete from ${schema}.histogram where board = $1`, [id]);
  const window = definition.window === undefined ? '' : 'window_key';
  const place = placeOf(definition);
  const partition = (by: readonly string[]): string => {
    const columns = by.filter((column) => column !== '').join(', ');
    return columns === '' ? '' : `partition by ${columns} `;
  };
  // A bound every so many entrants; a place that holds as many alone is a bucket of its own, so it ends one further.
  await tx.query(
    `insert into ${schema}.bucket (board, lower, number)
     select ${id}, bound, row_number() over (order by bound) from (
       select distinct bound from (
         select place, equal, row_number() over (${partition([window])}order by place) as n, count(*) over (${partition([window])}) as entrants
         from (select ${window === '' ? '' : `${window}, `}${place} as place, count(*) over (${partition([window, place])}) as equal from ${table} b where ${listed('b')}) each
       ) ordered
       cross join lateral (select place as bound union all select place + 1 where equal >= ${STEP}) bounds
       where entrants > ${BUCKET_MAX} and n % ${STEP} = 0
     ) bucket`,
  );
  await tx.query(
    `with one as (
       select ${windowOf(definition, 'b')} as window_key, width_bucket(b.${place}, (${bounds(schema, id)})) as bucket, count(*)::int as n
       from ${table} b where ${listed('b')} group by 1, 2
     )
     insert into ${schema}.histogram (board, window_key, upper, shard, n, counts)
     select ${id}, window_key, bucket / ${UPPER}, 0, sum(n), ${counts(schema)} from one group by 2, 3`,
  );
}

/** Whether a bucket has outgrown its bounds and can be cut: then {@link buildHistogram} is due. */
export async function isOvergrown(sql: Sql, { id, schema }: Standing): Promise<boolean> {
  const { rows } = await sql.query(
    `select exists (
       select 1 from (
         select h.upper * ${UPPER} + of.place - 1 as bucket from ${schema}.histogram h, unnest(h.counts) with ordinality as of (n, place)
         where h.board = $1 group by h.window_key, 1 having sum(of.n) > ${2 * BUCKET_MAX}
       ) large
       left join lateral (select lower from ${schema}.bucket where board = $1 and number = large.bucket) low on true
       left join lateral (select lower from ${schema}.bucket where board = $1 and number = large.bucket + 1) high on true
       where not coalesce(high.lower = low.lower + 1, false)
     ) as overgrown`,
    [id],
  );
  return rows[0]?.['overgrown'] === true;
}

/** Most entrants of a bucket after it was cut. A rank counts half of them on average. */
const BUCKET_MAX = 500;

/** Entrants from one bound to the next; with up to as many equals at a bound, a bucket stays within {@link BUCKET_MAX}. */
const STEP = BUCKET_MAX / 2;

/** Buckets that one row counts, each and together. `counts_at` makes as many. */
const UPPER = 128;

/** How many counts a bucket is spread over. Which one a transaction takes does not matter, so its process decides. */
const SHARDS = 4;

/** The counts of a row from a group of buckets. */
const counts = (schema: string): string => `${schema}.counts_at(array_agg(bucket % ${UPPER}), array_agg(n))`;

/** The lowest places of all buckets. To join nothing to them makes a copy; the stored array would be fetched again for each row. */
const bounds = (schema: string, id: number): string =>
  `select array_cat(bounds, '{}') from ${schema}.board where id = ${id}`;
