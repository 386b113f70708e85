/** How a column's values reach a rule: the class of its Postgres type. `epoch` is a time as numeric epoch milliseconds. */
export type ColumnClass = 'int' | 'numeric' | 'float' | 'bool' | 'text' | 'ints' | 'epoch';

/** A column of the relation that is scored. */
export interface SqlColumn {
  /** A trusted SQL expression over that relation: already quoted, never made from input. */
  readonly sql: string;
  /** `int`: int2, int4 or int8; `float`: float4 or float8; `text`: anything that casts to text; `ints`: an array of integers. */
  readonly type: ColumnClass;
}
