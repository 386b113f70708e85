import { decodeColumn, type SqlColumn, transportSql } from '@scorekeep/core/rules';
import { itemMoment } from '../boards/item-time.ts';
import { literal, quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text } from '../postgres/sql.ts';
import { fieldColumns, rowsOfScores, subjectColumn, type Target, tieColumns } from '../tables/item-statements.ts';
import type { ScoredItem, ScoreProjection } from './score-projection.ts';

/**
 * The scored items of subjects, the first parameter, after `from`: `s` their scores, `p` and `r` their rows.
 *
 * @param asOf only items that had happened by then, with the scores that they had: of those that were replaced later, the first
 */
export function itemsOf(target: Target, { at }: Pick<ScoreProjection, 'at'>, asOf: Date | null): string {
  const { table, scores } = target;
  const whose = (alias: string): string => `${alias}.${quote(table.subject.name)} = any ($1::${table.subject.type}[])`;
  if (asOf === null) return `${scores} s ${rowsOfScores(table)} where ${whose('s')} and s.milli is not null`;
  const time = `${literal(asOf.toISOString())}::timestamptz`;
  return `(${scoresAt(target, time, whose)}) s ${rowsOfScores(table)} where s.milli is not null and ${momentOf(at, target)} <= ${time}`;
}

/** The scores of subjects as they were at a time. */
function scoresAt({ table, ruleSet, scores, history }: Target, time: string, whose: (alias: string) => string): string {
  const key = table.key.map(({ name }) => quote(name));
  const subject = subjectColumn(table).map(({ name }) => quote(name));
  const columns = [...key, ...subject, 'revision', 'milli', ...tieColumns(ruleSet)].join(', ');
  return `select distinct on (${key.join(', ')}) * from (
    select ${columns}, 'infinity'::timestamptz as replaced_at from ${scores} s where ${whose('s')}
    union all select ${columns}, replaced_at from ${history} h where ${whose('h')} and replaced_at > ${time}
  ) one order by ${[...key, 'replaced_at', 'revision'].join(', ')}`;
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

/** Which items are read, with such columns of each as values of fields. */
interface Reading {
  readonly columns: readonly SqlColumn[];
  readonly subjects: readonly string[];
  readonly asOf: Date | null;
}

/** Reads the items of subjects in their order. */
export async function readItems(
  sql: Sql,
  target: Target,
  { at }: ScoreProjection,
  { columns, subjects, asOf }: Reading,
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
    ].join(', ')} from ${itemsOf(target, { at }, asOf)} order by ${[momentOf(at, target), ...key].join(', ')}`,
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
