import { ScorekeepError } from '../errors.ts';

/** What a host writes to have one of its own tables read as a log of items to score. See {@link tableLog}. */
export interface TableLogDefinition {
  /** The columns that identify an item; a unique index or primary key must cover them. */
  readonly key: readonly string[];
  /** The column that says whose item it is: scores are added up, and work is cut, along it. */
  readonly subject: string;
  /** The column that says from when a row no longer changes: a time that must have passed, or a boolean. Default: always. */
  readonly frozen?: string;
  /** Rule-set field to column. */
  readonly fields: Readonly<Record<string, string>>;
  /** The table with the results. An item waits until every field that it takes from here is known. */
  readonly join?: {
    readonly table: string;
    /** The column (or columns) alike in both tables, or a map from the log's column to the joined table's. */
    readonly on: string | readonly string[] | Readonly<Record<string, string>>;
    /** An integer column that grows with each correction of the result. Default: results never change. */
    readonly revision?: string;
    readonly fields: Readonly<Record<string, string>>;
  };
}

/** A host's table as a log. Made by {@link tableLog}. */
export interface TableLog {
  readonly kind: 'table';
  readonly table: string;
  readonly key: readonly string[];
  readonly subject: string;
  readonly frozen: string | null;
  readonly fields: Readonly<Record<string, string>>;
  readonly join: {
    readonly table: string;
    readonly on: Readonly<Record<string, string>>;
    readonly revision: string | null;
    readonly fields: Readonly<Record<string, string>>;
  } | null;
}

/**
 * Declares that a table of the host holds items to score: one row, one item. Nothing is copied and nothing is added to
 * the host's table; names are checked against the catalog when the log is first used.
 *
 * @param table `table` or `schema.table`; a view does too
 * @throws ScorekeepError DEFINITION_INVALID when a name is missing or used twice
 */
export function tableLog(table: string, definition: TableLogDefinition): TableLog {
  const { key, subject, frozen = null, fields, join } = definition;
  const invalid = (message: string): ScorekeepError =>
    new ScorekeepError('DEFINITION_INVALID', `tableLog("${table}"): ${message}`, { table });

  if (!isName(table, 2)) throw invalid('the table must be named as "table" or "schema.table"');
  if (!Array.isArray(key) || key.length === 0 || key.length > KEY_COLUMNS_MAX || !key.every((name) => isName(name))) {
    throw invalid(`key must list 1 to ${KEY_COLUMNS_MAX} columns, got ${JSON.stringify(key)}`);
  }
  if (new Set(key).size !== key.length) throw invalid(`key names a column twice: ${key.join(', ')}`);
  if (!isName(subject)) throw invalid(`subject must name a column, got ${JSON.stringify(subject)}`);
  if (frozen !== null && !isName(frozen)) throw invalid(`frozen must name a column, got ${JSON.stringify(frozen)}`);
  const names = [...Object.entries(fields ?? {}), ...Object.entries(join?.fields ?? {})];
  if (names.length === 0) throw invalid('fields maps no field, so there is nothing to score');
  for (const [field, column] of names) {
    if (!isName(column)) throw invalid(`field ${field} must name a column, got ${JSON.stringify(column)}`);
  }
  const twice = Object.keys(fields ?? {}).find((field) => join !== undefined && Object.hasOwn(join.fields, field));
  if (twice !== undefined) throw invalid(`field ${twice} is mapped in the table and again in the join`);
  return {
    kind: 'table',
    table,
    key: [...key],
    subject,
    frozen,
    fields: { ...fields },
    join: join === undefined ? null : normalJoin(join, invalid),
  };
}

/** Enough for any composite key seen; each column is one more comparison in every statement. */
const KEY_COLUMNS_MAX = 8;

function normalJoin(
  join: NonNullable<TableLogDefinition['join']>,
  invalid: (message: string) => ScorekeepError,
): NonNullable<TableLog['join']> {
  const on =
    typeof join.on === 'string'
      ? { [join.on]: join.on }
      : isList(join.on)
        ? Object.fromEntries(join.on.map((column) => [column, column]))
        : { ...join.on };
  if (!isName(join.table, 2)) throw invalid('join.table must be named as "table" or "schema.table"');
  const columns = Object.entries(on).flat();
  if (columns.length === 0 || !columns.every((name) => isName(name))) {
    throw invalid(`join.on must name the columns to join on, got ${JSON.stringify(join.on)}`);
  }
  const revision = join.revision ?? null;
  if (revision !== null && !isName(revision)) throw invalid('join.revision must name a column');
  return { table: join.table, on, revision, fields: { ...join.fields } };
}

const isList = (on: unknown): on is readonly string[] => Array.isArray(on);

/** Postgres cuts names off at 63 bytes, so a longer one could never be found. */
function isName(name: unknown, parts = 1): name is string {
  if (typeof name !== 'string' || name.includes('\0')) return false;
  const pieces = parts === 1 ? [name] : name.split('.');
  return pieces.length <= parts && pieces.every((piece) => piece.length > 0 && Buffer.byteLength(piece) <= 63);
}
