import { decodeColumn, type SqlColumn, transportSql } from '@scorekeep/core/rules';
import { itemMoment } from '../boards/item-time.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text } from '../postgres/sql.ts';
import { fieldColumns, rowsOfScores, type Target } from '../tables/item-statements.ts';
import type { ScoredItem, ScoreProjection } from './score-projection.ts';

/** The scored items of subjects, the first parameter, after `from`: `s` their scores, `p` and `r` their rows. */
export function itemsOf({ table, scores }: Target): string {
  const subject = `s.${quote(table.subject.name)}`;
  return `${scores} s ${rowsOfScores(table)} where ${subject} = any ($1::${table.subject.type}[]) and s.milli is not null`;
}

/** The subject of an item of {@link itemsOf}. */
export const subjectOf = ({ table }: Target): string => `s.${quote(table.subject.name)}::text`;

/** Where the field of a fold is found in an item of {@link itemsOf}. */
export function columnAt(path: string, { at }: Pick<ScoreProjection, 'at'>, target: Target): SqlColumn {
  if (path === 'points') return { sql: 's.milli', type: 'int' };
  if (path === 'subject') return { sql: subjectOf(target), type: 'text' };
  if (path === 'time') return { sql: `floor(extract(epoch from ${momentOf(at, target)}) * 1000)`, type: 'epoch' };
  const tie = (target.ruleSet.tieBreak ?? []).findIndex(({ id }) => path === `ties.${id}`);
  if (tie >= 0) return { sql: `s.tie_${tie + 1}`, type: 'int' };
  const column = fieldColumns(target)[path];
  if (column === undefined) throw new TypeError(`no column for ${path}`);
  return column;
}

const momentOf = (at: ScoreProjection['at'], { table }: Target): string =>
  at === null ? 'null::timestamptz' : itemMoment(table, { add: 'sum', ties: [], at });

/** Reads the items of subjects in their order, with such columns of each as values of fields. */
export async function readItems(
  sql: Sql,
  target: Target,
  { at }: ScoreProjection,
  columns: readonly SqlColumn[],
  subjects: readonly string[],
): Promise<readonly { readonly item: ScoredItem; readonly values: readonly unknown[] }[]> {
  const key = target.table.key.map(({ name }) => `s.${quote(name)}`);
  const ties = (target.ruleSet.tieBreak ?? []).map(({ id }, i) => ({ id, column: `tie_${i + 1}` }));
  const { rows } = await sql.query(
    `select ${[
      `${subjectOf(target)} as subject`,
      `json_build_array(${key.map((column) => `${column}::text`).join(', ')}) as key`,
      's.milli',
      `floor(extract(epoch from ${momentOf(at, target)}) * 1000)::float8 as time`,
      ...ties.map(({ column }) => `s.${column}`),
      ...columns.map((column, i) => `to_json(${transportSql(column)}) as f_${i + 1}`),
    ].join(', ')} from ${itemsOf(target)} order by ${[momentOf(at, target), ...key].join(', ')}`,
    [subjects],
  );
  return rows.map((row) => ({
    item: itemOf(target, ties, row),
    values: columns.map(({ type }, i) => decodeColumn(type, row[`f_${i + 1}`] ?? null)),
  }));
}

function itemOf({ table }: Target, ties: readonly { id: string; column: string }[], row: Row): ScoredItem {
  const key = row['key'] as string[];
  return {
    subject: text(row, 'subject'),
    key: Object.fromEntries(table.key.map(({ name }, i) => [name, key[i] ?? ''])),
    points: integer(row, 'milli') / 1000,
    ties: Object.fromEntries(ties.map(({ id, column }) => [id, integer(row, column)])),
    fields: {},
    time: row['time'] === null ? null : Number(row['time']),
  };
}
