import { quote } from '../postgres/identifiers.ts';
import { plannedRows } from '../postgres/planned-rows.ts';
import { integer, type Sql, text } from '../postgres/sql.ts';
import type { InspectedTable } from '../tables/inspect-table.ts';

/** A piece of a log along the subject, (lo, hi], and about how many items it holds. */
export interface Piece {
  readonly lo: string | null;
  readonly hi: string | null;
  readonly expected: number;
}

/**
 * Cuts the items of a scope into pieces of about `size`, first from the beginning, last to the end, so that together
 * they hold whatever is there and whatever comes. Costs the same for a thousand rows as for millions: the planner says
 * how many there are, a sample of pages says where to cut.
 *
 * @param sizeFor items per piece, for about so many items in all
 */
export async function cut(
  sql: Sql,
  table: InspectedTable,
  scope: Readonly<Record<string, string>>,
  sizeFor: (expected: number) => number,
): Promise<readonly Piece[]> {
  const expected = await estimate(sql, table, scope);
  const pieces = Math.min(PIECES_MAX, Math.ceil(expected / sizeFor(expected)));
  if (pieces <= 1) return [{ lo: null, hi: null, expected }];
  const bounds = await sampleBounds(sql, table, scope, pieces, expected);
  const edges = [null, ...bounds, null];
  const each = Math.ceil(expected / (bounds.length + 1));
  return edges.slice(1).map((hi, i) => ({ lo: edges[i] ?? null, hi, expected: each }));
}

/** Bounds the rows and jobs that one call writes; pieces grow instead. */
const PIECES_MAX = 1_000;

/**
 * Pages read to find where to cut, and items kept of them. In a table that is stored in the order of its subjects a page says no
 * more than one item does, and pieces of two or three sampled pages are as often a fifth as twice of what they should be.
 */
const SAMPLE_PAGES = 2_000;
const SAMPLE_ITEMS = 20_000;

/** At least this share of the items that are read is kept, for the planner may have thought of far more than there are. */
const SHARE_MIN = 0.01;

/** The planner's estimate, which knows the size of the table even when nobody has analysed it. */
async function estimate(sql: Sql, table: InspectedTable, scope: Readonly<Record<string, string>>): Promise<number> {
  const { where, values } = scopeCondition(table, scope);
  return Math.max(1, Math.round(await plannedRows(sql, `select 1 from ${table.from} p ${where}`, values)));
}

async function sampleBounds(
  sql: Sql,
  table: InspectedTable,
  scope: Readonly<Record<string, string>>,
  pieces: number,
  expected: number,
): Promise<string[]> {
  // There is no array of arrays to ask for all bounds at once with; such a subject stays in one piece.
  if (table.subject.type.endsWith('[]')) return [];
  const { where, values } = scopeCondition(table, scope);
  const subject = `p.${quote(table.subject.name)}`;
  const sampled = table.canSample ? await sampledShare(sql, table) : 1;
  const sample = table.canSample ? `tablesample system (${100 * sampled})` : '';
  const kept = Math.max(SHARE_MIN, SAMPLE_ITEMS / (expected * sampled));
  const { rows } = await sql.query(
    `select distinct bound::text as bound, bound as o from unnest((
       select percentile_disc(array(select i / ${pieces}::float8 from generate_series(1, ${pieces - 1}) i)) within group (order by ${subject})
       from ${table.from} p ${sample} ${where === '' ? 'where' : `${where} and`} random() < ${kept}
     )) bound where bound is not null order by o`,
    values,
  );
  return rows.map((row) => text(row, 'bound'));
}

/** What share of the pages is read. */
async function sampledShare(sql: Sql, table: InspectedTable): Promise<number> {
  const { rows } = await sql.query(
    `select greatest(1, pg_relation_size($1::regclass) / current_setting('block_size')::int)::bigint as pages`,
    [table.from],
  );
  return Math.min(1, SAMPLE_PAGES / integer(rows[0], 'pages'));
}

function scopeCondition(
  table: InspectedTable,
  scope: Readonly<Record<string, string>>,
): { where: string; values: unknown[] } {
  const conditions = Object.keys(scope).map(
    (name, i) => `p.${quote(name)} = $${i + 1}::${table.columns.get(name)?.type ?? 'text'}`,
  );
  return {
    where: conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`,
    values: Object.values(scope),
  };
}
