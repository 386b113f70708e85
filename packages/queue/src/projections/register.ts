import { parseRuleSet, ruleSetHash } from '@scorekeep/core/rules';
import type { Standing, StoredBoard } from '../boards/stored-board.ts';
import { ScorekeepError } from '../errors.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text } from '../postgres/sql.ts';
import { type InspectedTable, inspectTable } from '../tables/inspect-table.ts';
import { subjectColumn, type Target, tieColumns } from '../tables/item-statements.ts';
import type { TableLog } from '../tables/table-log.ts';
import type { Backend, Projection } from './projection.ts';

/** A projection that the database knows, with its tables. */
export interface Registered {
  readonly id: number;
  readonly name: string;
  /** Name and version, as in the names of its tables and queues: `points_v1`. */
  readonly label: string;
  readonly backend: Backend;
  readonly target: Target;
}

/** Whether a corrected result replaces a score. */
export const corrects = ({ target }: Registered): boolean =>
  target.table.log.join?.revision != null && target.ruleSet.policies?.correction !== 'keep';

/**
 * Makes a projection known and creates its score table, the first time; afterwards checks that it is still the same.
 *
 * @throws ScorekeepError PROJECTION_CHANGED when this name and version scored something else before
 */
export async function registerProjection(tx: Sql, schema: string, projection: Projection): Promise<Registered> {
  const { name, version } = projection;
  const hash = ruleSetHash(projection.score);
  let row = await findProjection(tx, schema, name, version);
  if (row === undefined) {
    await tx.query('select pg_advisory_xact_lock($1, hashtext($2))', [PROJECTION_LOCK, `${schema}.${name}`]);
    row = (await findProjection(tx, schema, name, version)) ?? (await create(tx, schema, projection, hash));
  }
  if (text(row, 'rule_set_hash') !== hash || !sameSource(row['source'], projection.from)) {
    const what = text(row, 'rule_set_hash') !== hash ? 'rule set' : 'tableLog';
    throw new ScorekeepError(
      'PROJECTION_CHANGED',
      `Projection "${projection.name}" version ${projection.version} was registered with another ${what}. Give the new one a higher version: projection("${projection.name}", { version: ${projection.version + 1}, … }).`,
      { projection: projection.name, version: projection.version, changed: what },
    );
  }
  const registered = await load(tx, schema, integer(row, 'id'), projection.backend);
  if (projection.backend === 'js') assertListable(registered.target.table);
  return registered;
}

/** Keys travel to the worker and back as lists. @throws ScorekeepError WRONG_COLUMN_TYPE */
function assertListable({ log, key, subject }: InspectedTable): void {
  const column = [...key, subject].find(({ listable }) => !listable);
  if (column === undefined) return;
  throw new ScorekeepError(
    'WRONG_COLUMN_TYPE',
    `Column "${column.name}" of "${log.table}" is of type ${column.type}, which backend: "js" cannot take as a key. Use backend: "sql".`,
    { table: log.table, column: column.name, type: column.type },
  );
}

/** Reads a registered projection, its score table and the boards that stand on it, from the database alone. */
export async function load(sql: Sql, schema: string, id: number, backend: Backend): Promise<Registered> {
  const { rows } = await sql.query(
    `select p.name, p.version, p.rule_set, p.source,
       coalesce((select json_agg(json_build_object('id', b.id, 'name', b.name, 'definition', b.definition) order by b.id) from ${quote(schema)}.board b where b.projection = p.id), '[]') as boards
     from ${quote(schema)}.projection p where p.id = $1`,
    [id],
  );
  const row = rows[0];
  const parsed = parseRuleSet(row?.['rule_set']);
  if (row === undefined || !parsed.ok) {
    throw new ScorekeepError('RULE_SET_INVALID', `The rule set stored for projection ${id} does not parse.`, { id });
  }
  const log = row['source'] as TableLog;
  const name = text(row, 'name');
  const boards = row['boards'] as { id: number; name: string; definition: StoredBoard }[];
  return {
    id,
    name,
    label: `${name}_v${integer(row, 'version')}`,
    backend,
    target: {
      table: await inspectTable(sql, log, parsed.ruleSet.fields),
      ruleSet: parsed.ruleSet,
      scores: `${quote(schema)}.${quote(scoreTable(name, integer(row, 'version')))}`,
      history: `${quote(schema)}.${quote(historyTable(name, integer(row, 'version')))}`,
      standings: boards.map((board) => standingOf(schema, board)),
    },
  };
}

/**
 * Held shared by every transaction that writes scores of the projection, alone by one that changes what must be
 * written with them.
 */
export const PROJECTION_LOCK = 0x5c07f;

/** A board as statements need it. */
export const standingOf = (schema: string, board: Pick<Standing, 'id' | 'name' | 'definition'>): Standing => ({
  id: board.id,
  name: board.name,
  definition: board.definition,
  schema: quote(schema),
  table: `${quote(schema)}.${quote(standingTable(board.name))}`,
});

/** The table of a board's standings. */
export const standingTable = (board: string): string => `standing_${board}`;

const scoreTable = (name: string, version: number): string => `score_${name}_v${version}`;

const historyTable = (name: string, version: number): string => `${scoreTable(name, version)}_history`;

async function findProjection(sql: Sql, schema: string, name: string, version: number): Promise<Row | undefined> {
  const { rows } = await sql.query(
    `select id, rule_set_hash, source from ${quote(schema)}.projection where name = $1 and version = $2`,
    [name, version],
  );
  return rows[0];
}

async function create(tx: Sql, schema: string, projection: Projection, hash: string): Promise<Row> {
  const { from: log, score: ruleSet, name, version } = projection;
  const table = await inspectTable(tx, log, ruleSet.fields);
  const ours = ['revision bigint not null', 'fired bigint', 'milli int', 'reason smallint not null default 0'];
  const ties = tieColumns(ruleSet).map((column) => `${column} int`);
  const host = [...table.key, ...subjectColumn(table)];
  const taken = [...ours, ...ties, 'replaced_at '];
  const reserved = host.find((column) => taken.some((line) => line.startsWith(`${column.name} `)));
  if (reserved !== undefined) {
    throw new ScorekeepError(
      'DEFINITION_INVALID',
      `Column "${reserved.name}" of "${log.table}" has the name of a column of the score table. Map a view that names it otherwise.`,
      { table: log.table, column: reserved.name },
    );
  }
  const key = [...table.key]
    .sort((a, b) => Number(b.name === table.subject.name) - Number(a.name === table.subject.name))
    .map((column) => quote(column.name));
  const columns = [
    ...host.map((column) => `${quote(column.name)} ${column.type}${column.collate} not null`),
    ...ours,
    ...ties,
  ];
  await createTable(tx, schema, scoreTable(name, version), [...columns, `primary key (${key.join(', ')})`]);
  // By subject first, so that what a slice refused is counted where the slice lies.
  const refused = subjectColumn(table).length === 0 ? `${quote(table.subject.name)}, reason` : 'reason';
  await tx.query(`create index on ${quote(schema)}.${quote(scoreTable(name, version))} (${refused}) where reason <> 0`);
  await createTable(tx, schema, historyTable(name, version), [
    ...columns,
    'replaced_at timestamptz not null default clock_timestamp()',
    `primary key (${[...key, 'revision'].join(', ')})`,
  ]);
  const { rows } = await tx.query(
    `insert into ${quote(schema)}.projection (name, version, rule_set, rule_set_hash, source) values ($1, $2, $3, $4, $5)
     returning id, rule_set_hash, source`,
    [name, version, JSON.stringify(ruleSet), hash, JSON.stringify(log)],
  );
  return rows[0] as Row;
}

/** @throws ScorekeepError PLACE_TAKEN */
export async function createTable(tx: Sql, schema: string, name: string, columns: readonly string[]): Promise<void> {
  const { rows } = await tx.query('select to_regclass($1) is not null as taken', [`${quote(schema)}.${quote(name)}`]);
  if (rows[0]?.['taken'] === true) {
    throw new ScorekeepError(
      'PLACE_TAKEN',
      `Schema "${schema}" already has a table "${name}" that no projection or board is registered for. Drop it, or choose another name.`,
      { schema, table: name },
    );
  }
  await tx.query(`create table ${quote(schema)}.${quote(name)} (${columns.join(', ')})`);
}

/** As Postgres stored it the object's keys may have another order. */
function sameSource(stored: unknown, log: TableLog): boolean {
  return sorted(stored) === sorted(log);
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
