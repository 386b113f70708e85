import { createHash } from 'node:crypto';
import { canonicalJson } from '@scorekeep/core/rules';
import { ScorekeepError } from '../errors.ts';
import { eventTable } from '../log/register-log.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text } from '../postgres/sql.ts';
import { createTable, PROJECTION_LOCK } from '../projections/register.ts';
import { type EventProjection, isFoldSet } from './event-projection.ts';
import type { Following } from './following.ts';
import { inheritGivenUp, NOT_APPLIED } from './given-up.ts';
import { buildTable, consumerOf, viewOf } from './pieces.ts';

/**
 * Makes an event projection known with its first build, the first time; afterwards checks that it is still the same. Of a
 * function nothing can be checked: who changes it raises the version.
 *
 * @returns its id
 * @throws ScorekeepError PROJECTION_CHANGED when this name and version was something else before
 */
export const registerEvents = (tx: Sql, schema: string, projection: EventProjection): Promise<number> =>
  registerDefinition(tx, schema, projection, definitionOf(projection), { events: projection.from.name });

/** The same of any projection that folds: what makes it what it is, and what it reads. */
export async function registerDefinition(
  tx: Sql,
  schema: string,
  { name, version }: Pick<EventProjection, 'name' | 'version'>,
  definition: Readonly<Record<string, unknown>>,
  source: Readonly<Record<string, unknown>>,
): Promise<number> {
  const hash = createHash('sha256').update(canonicalJson(definition)).digest('hex');
  let row = await find(tx, schema, name, version);
  if (row === undefined) {
    await tx.query('select pg_advisory_xact_lock($1, hashtext($2))', [PROJECTION_LOCK, `${schema}.${name}`]);
    row =
      (await find(tx, schema, name, version)) ??
      (await create(tx, schema, { name, version }, definition, hash, source));
  }
  if (text(row, 'rule_set_hash') === hash) return integer(row, 'id');
  throw new ScorekeepError(
    'PROJECTION_CHANGED',
    `Projection "${name}" version ${version} was registered with another fold or source. Give the new one a higher version: projection("${name}", { version: ${version + 1}, … }).`,
    { projection: name, version, changed: 'fold' },
  );
}

/** Makes the first build, unless there is one. In the transaction of {@link registerEvents}. */
export async function ensureBuild(tx: Sql, following: Following): Promise<void> {
  const { schema, id } = following;
  const { rows } = await tx.query(`select from ${schema}.projection_build where projection = $1 limit 1`, [id]);
  if (rows.length > 0) return;
  await tx.query('select pg_advisory_xact_lock($1, $2)', [PROJECTION_LOCK, id]);
  const again = await tx.query(`select from ${schema}.projection_build where projection = $1 limit 1`, [id]);
  if (again.rows.length === 0) await makeLive(tx, following, await createBuild(tx, following, { asOf: null }));
}

/** Makes an empty build that begins with the oldest event there is; answers its number. */
export async function createBuild(tx: Sql, following: Following, options: { asOf: Date | null }): Promise<number> {
  const { schema, label, log } = following;
  const number = await insertBuild(tx, following, options);
  await tx.query(
    `insert into ${schema}.log_consumer (log, shard, consumer, at)
     select h.log, h.shard, $2, coalesce((select min(e.position) - 1 from ${eventTable(log)} e where e.log = h.log and e.shard = h.shard), h.last)
     from ${schema}.log_head h where h.log = $1`,
    [log.id, consumerOf(label, number)],
  );
  await inheritGivenUp(tx, following, number);
  return number;
}

/** Keeps which builds there are as it is until the transaction ends. No step waits for it, however long that is. */
export const lockBuilds = (tx: Sql, { schema, id }: Pick<Built, 'schema' | 'id'>): Promise<unknown> =>
  tx.query(`select from ${schema}.projection where id = $1 for no key update`, [id]);

/** What a build needs of its projection. */
export type Built = Pick<Following, 'id' | 'label' | 'schema' | 'schemaName'> & {
  /** The columns of its table behind `subject`; null where it has none. */
  readonly fold: { readonly columns: readonly string[] | null };
};

/** Notes a build and makes its table; answers its number. */
export async function insertBuild(tx: Sql, built: Built, { asOf }: { asOf: Date | null }): Promise<number> {
  const { schema, id, label, fold } = built;
  const number = await takeNumber(tx, built);
  await tx.query(`insert into ${schema}.projection_build (projection, number, as_of) values ($1, $2, $3)`, [
    id,
    number,
    asOf,
  ]);
  if (fold.columns !== null) {
    const columns = ['subject text collate "C" primary key', ...fold.columns];
    await createTable(tx, built.schemaName, `projection_${label}_${number}`, columns);
    // Room on each page, so that an update of a state touches no index.
    await tx.query(`alter table ${buildTable(schema, label, number)} set (fillfactor = 50)`);
  }
  return number;
}

/** A number that no build has, nor one that another transaction is about to make: to fold the log up to a time may take hours. */
async function takeNumber(tx: Sql, { schema, id }: Built): Promise<number> {
  const { rows } = await tx.query(
    `select coalesce(max(number), 0) as last from ${schema}.projection_build where projection = $1`,
    [id],
  );
  for (let number = integer(rows[0], 'last') + 1; ; number++) {
    const locked = await tx.query('select pg_try_advisory_xact_lock($1, hashtext($2)) as mine', [
      NUMBER_LOCK,
      `${schema}.${id}.${number}`,
    ]);
    if (locked.rows[0]?.['mine'] !== true) continue;
    // In a statement of its own: whoever had the lock may have committed since the first.
    const taken = await tx.query(`select from ${schema}.projection_build where projection = $1 and number = $2`, [
      id,
      number,
    ]);
    if (taken.rows.length === 0) return number;
  }
}

const NUMBER_LOCK = 0x5c083;

/** Has a build read and fed in the place of the one that was, or paused as that was. */
export async function makeLive(tx: Sql, { schema, id, label, fold }: Built, number: number): Promise<void> {
  const { rows } = await tx.query(
    `update ${schema}.projection_build b set live = false, paused_at = null from ${schema}.projection_build was
     where was.projection = $1 and was.live and b.projection = was.projection and b.number = was.number returning was.paused_at`,
    [id],
  );
  await tx.query(
    `update ${schema}.projection_build set live = true, paused_at = $3 where projection = $1 and number = $2`,
    [id, number, rows[0]?.['paused_at'] ?? null],
  );
  if (fold.columns === null) return;
  await tx.query(
    `create or replace view ${viewOf(schema, label)} as select * from ${buildTable(schema, label, number)}`,
  );
}

/** Notes that builds were compared: a rebuild is done with them, whichever is live from now on. */
export async function noteCompared(
  tx: Sql,
  { schema, id }: Pick<Built, 'schema' | 'id'>,
  numbers: readonly number[],
): Promise<void> {
  await tx.query(
    `update ${schema}.projection_build set compared_at = clock_timestamp() where projection = $1 and number = any ($2::int[])`,
    [id, numbers],
  );
}

/** The build of a rebuild that was cut off. Any other is done with: what folded it may have been mended since. */
export async function cutOffBuild(sql: Sql, { schema, id }: Pick<Built, 'schema' | 'id'>): Promise<number | undefined> {
  const { rows } = await sql.query(
    `select b.number from ${schema}.projection_build b join ${schema}.projection_build l on l.projection = b.projection and l.live
     where b.projection = $1 and b.number > l.number and b.as_of is null and b.compared_at is null order by b.number desc limit 1`,
    [id],
  );
  return rows[0] === undefined ? undefined : integer(rows[0], 'number');
}

/** Removes a build with its table, its position, and what it has parked or leaves out. */
export async function dropBuild(tx: Sql, following: Following, number: number): Promise<void> {
  const { schema, id, label, log, fold } = following;
  const consumer = consumerOf(label, number);
  for (const table of [...NOT_APPLIED, 'log_consumer'])
    await tx.query(`delete from ${schema}.${table} where log = $1 and consumer = $2`, [log.id, consumer]);
  await tx.query(`delete from ${schema}.projection_build where projection = $1 and number = $2`, [id, number]);
  if (fold.columns !== null) await tx.query(`drop table ${buildTable(schema, label, number)}`);
}

/** All that makes a projection what it is, as far as it is data. */
function definitionOf({ from, on, fold, apply, paths, ordered }: EventProjection): Record<string, unknown> {
  return {
    events: from.name,
    on,
    fold: isFoldSet(fold) ? fold : apply === null ? 'step' : 'apply',
    paths: { ...paths },
    ordered,
  };
}

async function find(sql: Sql, schema: string, name: string, version: number): Promise<Row | undefined> {
  const { rows } = await sql.query(
    `select id, rule_set_hash from ${quote(schema)}.projection where name = $1 and version = $2`,
    [name, version],
  );
  return rows[0];
}

async function create(
  tx: Sql,
  schema: string,
  { name, version }: Pick<EventProjection, 'name' | 'version'>,
  definition: Readonly<Record<string, unknown>>,
  hash: string,
  source: Readonly<Record<string, unknown>>,
): Promise<Row> {
  const { rows } = await tx.query(
    `insert into ${quote(schema)}.projection (name, version, rule_set, rule_set_hash, source) values ($1, $2, $3, $4, $5) returning id, rule_set_hash`,
    [name, version, JSON.stringify(definition), hash, JSON.stringify(source)],
  );
  return rows[0] as Row;
}

/** The builds of a projection, oldest first. */
export async function readBuilds(sql: Sql, { schema, id }: Pick<Built, 'schema' | 'id'>): Promise<ProjectionBuild[]> {
  const { rows } = await sql.query(
    `select number, live, as_of, created_at from ${schema}.projection_build where projection = $1 order by number`,
    [id],
  );
  return rows.map((row) => ({
    number: integer(row, 'number'),
    live: row['live'] === true,
    asOf: row['as_of'] as Date | null,
    createdAt: row['created_at'] as Date,
  }));
}

/** What a projection has folded, once. */
export interface ProjectionBuild {
  readonly number: number;
  /** The one that is read and fed. */
  readonly live: boolean;
  /** Only events recorded up to then are in it; null for all. */
  readonly asOf: Date | null;
  readonly createdAt: Date;
}
