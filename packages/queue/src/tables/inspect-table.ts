import type { ColumnClass, FieldType } from '@scorekeep/core/rules';
import { ScorekeepError } from '../errors.ts';
import { nearest, quote, quoteTable } from '../postgres/identifiers.ts';
import { type Sql, text } from '../postgres/sql.ts';
import type { TableLog } from './table-log.ts';

/** A mapped column as the catalog knows it: quoted and typed. */
export interface Column {
  readonly name: string;
  /** The type as Postgres writes it, without its length, so that a cast cuts nothing off: `uuid`, `character varying`. */
  readonly type: string;
  /** A COLLATE clause when the column does not have its type's own collation, else empty: a copy must compare alike. */
  readonly collate: string;
  /** Whether the table itself promises a value; a view never does. */
  readonly notNull: boolean;
  /** Whether a list of its values is unnested into values again; a row comes apart, and an array loses its bounds. */
  readonly listable: boolean;
  /** The type's class; null when no rule-set field can read it. */
  readonly class: ColumnClass | null;
}

/** A {@link TableLog} checked against the catalog: every column exists and suits its use. */
export interface InspectedTable {
  readonly log: TableLog;
  /** Quoted, and qualified by its schema, so that a search_path set later changes nothing. */
  readonly from: string;
  readonly joinFrom: string | null;
  readonly key: readonly Column[];
  readonly subject: Column;
  readonly frozen: Column | null;
  readonly columns: ReadonlyMap<string, Column>;
  readonly joinColumns: ReadonlyMap<string, Column>;
  /** Whether pages of it can be sampled (a table, not a view). */
  readonly canSample: boolean;
  /** Whether rows of it, and of the joined table, tell which transaction wrote them; those of a view do not. */
  readonly hasVersions: boolean;
}

/**
 * Looks up every name of a log in the catalog.
 *
 * @throws ScorekeepError UNKNOWN_TABLE, UNKNOWN_COLUMN, WRONG_COLUMN_TYPE or KEY_NOT_UNIQUE, each naming the table, the
 *   column and, where there is one, the name that was probably meant
 */
export async function inspectTable(
  sql: Sql,
  log: TableLog,
  fieldTypes: Readonly<Record<string, FieldType>>,
): Promise<InspectedTable> {
  const source = await readRelation(sql, log.table);
  const joined = log.join === null ? null : await readRelation(sql, log.join.table);
  const column = (name: string, use: string): Column => pick(source, name, use);

  for (const [field, name] of Object.entries(log.fields)) {
    assertReadable(field, column(name, `field ${field}`), source.name, fieldTypes);
  }
  if (log.join !== null && joined !== null) {
    for (const [field, name] of Object.entries(log.join.fields)) {
      assertReadable(field, pick(joined, name, `field ${field}`), joined.name, fieldTypes);
    }
    for (const [here, there] of Object.entries(log.join.on)) {
      column(here, 'join.on');
      pick(joined, there, 'join.on');
    }
    if (log.join.revision !== null) {
      assertClass(
        pick(joined, log.join.revision, 'join.revision'),
        ['int'],
        joined.name,
        'join.revision',
        'an integer',
      );
    }
  }
  assertEveryFieldMapped(log, fieldTypes);
  const frozen = log.frozen === null ? null : column(log.frozen, 'frozen');
  if (frozen !== null) assertClass(frozen, ['epoch', 'bool'], source.name, 'frozen', 'a time or a boolean');
  const key = log.key.map((name) => column(name, 'key'));
  if (source.kind !== 'v') {
    await assertUnique(sql, source, log.key);
    for (const name of new Set([...log.key, log.subject])) assertNotNull(column(name, 'key'), source.name);
  }
  if (joined !== null && log.join !== null && joined.kind !== 'v') {
    await assertUnique(sql, joined, Object.values(log.join.on));
  }
  if (joined !== null && log.join !== null) await assertJoinable(sql, source, joined, log.join.on);
  return {
    log,
    from: source.quoted,
    joinFrom: joined?.quoted ?? null,
    key,
    subject: column(log.subject, 'subject'),
    frozen,
    columns: source.columns,
    joinColumns: joined?.columns ?? new Map(),
    canSample: isStored(source),
    hasVersions: tellsVersions(source) && (joined === null || tellsVersions(joined)),
  };
}

interface Relation {
  readonly name: string;
  readonly quoted: string;
  readonly oid: string;
  readonly kind: string;
  /** Whether this role may read all of it. */
  readonly whole: boolean;
  readonly columns: ReadonlyMap<string, Column>;
}

/** System columns can be read by whoever may read the whole table, not only some columns. */
const tellsVersions = (relation: Relation): boolean => isStored(relation) && relation.whole;

const isStored = ({ kind }: Relation): boolean => kind === 'r' || kind === 'm';

async function readRelation(sql: Sql, name: string): Promise<Relation> {
  const { rows } = await sql.query(
    `select c.oid::text as oid, c.relkind::text as kind, has_table_privilege(c.oid, 'SELECT') as whole, n.nspname::text as schema, c.relname::text as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = to_regclass($1)`,
    [quoteTable(name)],
  );
  const found = rows[0];
  if (found === undefined || !['r', 'p', 'v', 'm', 'f'].includes(text(found, 'kind'))) {
    throw new ScorekeepError('UNKNOWN_TABLE', `There is no table "${name}"${await didYouMeanTable(sql, name)}`, {
      table: name,
    });
  }
  const oid = text(found, 'oid');
  const columns = await sql.query(
    `select a.attname::text as name, case t.typname when 'bpchar' then 'bpchar' when 'bit' then format_type(a.atttypid, a.atttypmod) else format_type(a.atttypid, null) end as type, coalesce(base.typname, t.typname)::text as base,
            coalesce(base.typtype, t.typtype)::text as typtype,
            a.attnotnull as not_null, coalesce(base.typcategory, t.typcategory) not in ('A', 'C') as listable, case when a.attcollation not in (0, t.typcollation) then (select format(' collate %I.%I', n.nspname, c.collname) from pg_collation c join pg_namespace n on n.oid = c.collnamespace where c.oid = a.attcollation) else '' end as collate
     from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_type base on base.oid = nullif(t.typbasetype, 0)
     where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [oid],
  );
  return {
    name,
    quoted: `${quote(text(found, 'schema'))}.${quote(text(found, 'name'))}`,
    oid,
    kind: text(found, 'kind'),
    whole: found['whole'] === true,
    columns: new Map(
      columns.rows.map((row) => [
        text(row, 'name'),
        {
          name: text(row, 'name'),
          type: text(row, 'type'),
          collate: text(row, 'collate'),
          notNull: row['not_null'] === true,
          listable: row['listable'] === true,
          class: text(row, 'typtype') === 'e' ? 'text' : (CLASS_OF_TYPE[text(row, 'base')] ?? null),
        },
      ]),
    ),
  };
}

const CLASS_OF_TYPE: Readonly<Record<string, ColumnClass>> = {
  int2: 'int',
  int4: 'int',
  int8: 'int',
  numeric: 'numeric',
  float4: 'float',
  float8: 'float',
  bool: 'bool',
  text: 'text',
  varchar: 'text',
  bpchar: 'text',
  uuid: 'text',
  _int2: 'ints',
  _int4: 'ints',
  _int8: 'ints',
  timestamptz: 'epoch',
  timestamp: 'epoch',
  date: 'epoch',
};

/** Which classes of column each type of field can read. */
const READABLE: { readonly [Type in FieldType['type']]: readonly ColumnClass[] } = {
  int: ['int', 'numeric', 'float', 'epoch'],
  bool: ['bool'],
  text: ['text'],
  ints: ['ints'],
};

function pick(relation: Relation, name: string, use: string): Column {
  const column = relation.columns.get(name);
  if (column !== undefined) return column;
  const near = nearest(name, [...relation.columns.keys()]);
  throw new ScorekeepError(
    'UNKNOWN_COLUMN',
    `Table "${relation.name}" has no column "${name}" (${use})${near === undefined ? '' : `; did you mean "${near}"?`}`,
    { table: relation.name, column: name, use, nearest: near },
  );
}

function assertReadable(
  field: string,
  column: Column,
  table: string,
  fieldTypes: Readonly<Record<string, FieldType>>,
): void {
  const type = Object.hasOwn(fieldTypes, field) ? fieldTypes[field] : undefined;
  if (type === undefined) {
    const near = nearest(field, Object.keys(fieldTypes));
    throw new ScorekeepError(
      'DEFINITION_INVALID',
      `The rule set has no field "${field}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
      { field },
    );
  }
  assertClass(column, READABLE[type.type], table, `field ${field}`, READABLE[type.type].join(', '));
}

function assertClass(
  column: Column,
  allowed: readonly ColumnClass[],
  table: string,
  use: string,
  expected: string,
): void {
  if (column.class !== null && allowed.includes(column.class)) return;
  throw new ScorekeepError(
    'WRONG_COLUMN_TYPE',
    `Column "${column.name}" of "${table}" is ${column.type}; ${use} takes ${expected}.`,
    { table, column: column.name, type: column.type, use },
  );
}

function assertEveryFieldMapped(log: TableLog, fieldTypes: Readonly<Record<string, FieldType>>): void {
  const mapped = new Set([...Object.keys(log.fields), ...Object.keys(log.join?.fields ?? {})]);
  const missing = Object.keys(fieldTypes).filter((field) => !mapped.has(field));
  if (missing.length > 0) {
    throw new ScorekeepError(
      'DEFINITION_INVALID',
      `tableLog("${log.table}") maps no column to ${missing.map((field) => `"${field}"`).join(', ')}, which the rule set reads.`,
      { table: log.table, missing },
    );
  }
}

/** A row without a key or a subject is in no piece of the log. */
function assertNotNull(column: Column, table: string): void {
  if (column.notNull) return;
  throw new ScorekeepError(
    'DEFINITION_INVALID',
    `Column "${column.name}" of "${table}" may be NULL; a key and a subject may not. ALTER TABLE ${table} ALTER COLUMN ${column.name} SET NOT NULL.`,
    { table, column: column.name },
  );
}

/** Exactly once rests on the key: two rows of one key would be one score. */
async function assertUnique(sql: Sql, relation: Relation, columns: readonly string[]): Promise<void> {
  const { rows } = await sql.query(
    `select 1 from pg_index i where i.indrelid = $1::oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
       and (select array_agg(a.attname::text) from pg_attribute a where a.attrelid = i.indrelid and a.attnum = any (i.indkey[0:i.indnkeyatts - 1])) <@ $2::text[]
     limit 1`,
    [relation.oid, columns],
  );
  if (rows.length === 0) {
    throw new ScorekeepError(
      'KEY_NOT_UNIQUE',
      `Table "${relation.name}" has no unique index on (${columns.join(', ')}). Add one, or map the columns that identify a row.`,
      { table: relation.name, columns },
    );
  }
}

async function assertJoinable(
  sql: Sql,
  source: Relation,
  joined: Relation,
  on: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [here, there] of Object.entries(on)) {
    const [a, b] = [source.columns.get(here)?.type, joined.columns.get(there)?.type];
    const { rows } = await sql.query(
      `select $1::regtype = $2::regtype or exists (select 1 from pg_operator where oprname = '=' and oprleft = $1::regtype and oprright = $2::regtype)
           or exists (select 1 from pg_cast where castcontext = 'i' and ((castsource = $1::regtype and casttarget = $2::regtype) or (castsource = $2::regtype and casttarget = $1::regtype))) as fits`,
      [a, b],
    );
    if (rows[0]?.['fits'] === true) continue;
    throw new ScorekeepError(
      'WRONG_COLUMN_TYPE',
      `join.on compares "${here}" of "${source.name}" (${a}) with "${there}" of "${joined.name}" (${b}), which Postgres cannot.`,
      { table: source.name, column: here, type: a, joined: joined.name, joinedColumn: there, joinedType: b },
    );
  }
}

async function didYouMeanTable(sql: Sql, name: string): Promise<string> {
  const { rows } = await sql.query(
    `select c.relname::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'm') and n.nspname not in ('pg_catalog', 'information_schema') limit 1000`,
  );
  const near = nearest(
    name,
    rows.map((row) => text(row, 'name')),
  );
  return near === undefined ? '' : `; did you mean "${near}"?`;
}
