import type { ColumnClass, SqlColumn } from './sql-column.ts';

/**
 * Turns a value that a column had in JSON into the value that `scoreColumns` and `score` take, so that both back ends
 * see the same: a numeric travels as text ({@link transportSql}) and may be finer or larger than a double.
 */
export function decodeColumn(type: ColumnClass, value: unknown): unknown {
  if (typeof value !== 'string' || type === 'text' || type === 'bool' || type === 'ints') return value;
  return decimal(value);
}

/** The SQL expression in whose JSON form a column's values survive the way to {@link decodeColumn}. */
export function transportSql({ sql, type }: SqlColumn): string {
  // What SQL scores of a text is its cast; JSON shows a char(n) padded, a number as a number, a time otherwise.
  if (type === 'numeric' || type === 'epoch' || type === 'text') return `(${sql})::text`;
  // JSON shows a float4 by its shortest decimal, which is another double than the one SQL compares.
  return type === 'float' ? `(${sql})::float8` : sql;
}

/**
 * A decimal as the nearest double on the same side of every whole number up to 2^52: between two of them it becomes the
 * half between them, so that it stays a fraction and stays within or outside the same bounds.
 */
function decimal(text: string): number {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text);
  if (match === null) return Number(text); // NaN, Infinity, or an exponent of a float
  const [, sign, whole, fraction = ''] = match;
  const magnitude = Number(whole) + (/[1-9]/.test(fraction) ? 0.5 : 0);
  return sign === '-' ? 0 - magnitude : magnitude;
}
