import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { ScorekeepError } from './errors.ts';
import { quote } from './postgres/identifiers.ts';
import { integer, type Sql, text } from './postgres/sql.ts';
import { transaction } from './postgres/transaction.ts';

/** One numbered migration: `0001_registry_and_slices` and its statements. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** What {@link migrate} did: the names of the migrations it applied, in order; empty when there was nothing to do. */
export interface MigrationReport {
  readonly schema: string;
  readonly applied: readonly string[];
}

/** The schema that Scorekeep lives in unless the host says otherwise. */
export const DEFAULT_SCHEMA = 'scorekeep';

/**
 * Brings the schema up to this version of the library, each migration in a transaction of its own, one process at a
 * time. Safe to call from every process at every start.
 *
 * @param target a connection string, or a pool
 * @throws ScorekeepError MIGRATION_CHANGED when an applied migration is not the one of this library any more,
 *   SCHEMA_TOO_NEW when a newer library has been here
 */
export async function migrate(
  target: string | pg.Pool,
  { schema = DEFAULT_SCHEMA }: { schema?: string } = {},
): Promise<MigrationReport> {
  const pool = typeof target === 'string' ? new pg.Pool({ connectionString: target, max: 1 }) : target;
  try {
    const migrations = await readMigrations();
    const applied: string[] = [];
    for (const [index, migration] of migrations.entries()) {
      const done = await transaction(pool, (tx) => applyOne(tx, schema, index, migration));
      if (done) applied.push(migration.name);
    }
    await refuseNewerSchema(pool, schema, migrations.length);
    return { schema, applied };
  } finally {
    if (typeof target === 'string') await pool.end();
  }
}

/** The migrations of this library in order, as shipped. */
export async function readMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => ({
      name: name.replace(/\.sql$/, ''),
      sql: await readFile(new URL(name, FOLDER), 'utf8'),
    })),
  );
}

/** @throws ScorekeepError SCHEMA_OUTDATED when a migration of this library has not been applied */
export async function assertMigrated(sql: Sql, schema: string): Promise<void> {
  const { rows } = await sql.query('select to_regclass($1) is not null as there', [`${quote(schema)}.migration`]);
  const migrations = await readMigrations();
  const count = rows[0]?.['there'] === true ? await appliedCount(sql, schema) : 0;
  if (count < migrations.length) {
    throw new ScorekeepError(
      'SCHEMA_OUTDATED',
      `Schema "${schema}" has ${count} of ${migrations.length} migrations. Call migrate(url) with a role that owns the schema, or connect with migrate: true.`,
      { schema, applied: count, expected: migrations.length },
    );
  }
}

/** The same relative path from src/ and from dist/, which is why this file lies at the top. */
const FOLDER = new URL('../migrations/', import.meta.url);

/** Any constant does, as long as nobody else takes it: "scorekeep" in ASCII, folded to 32 bits. */
const LOCK = 0x5c07e;

async function applyOne(tx: Sql, schema: string, index: number, migration: Migration): Promise<boolean> {
  await tx.query('select pg_advisory_xact_lock($1, hashtext($2))', [LOCK, schema]);
  if (index === 0) {
    await tx.query(`create schema if not exists ${quote(schema)}`);
    await tx.query(
      `create table if not exists ${quote(schema)}.migration (number int primary key, name text not null, sql text not null, applied_at timestamptz not null default clock_timestamp())`,
    );
  }
  const { rows } = await tx.query(`select name, sql from ${quote(schema)}.migration where number = $1`, [index + 1]);
  if (rows[0] !== undefined) {
    if (text(rows[0], 'sql') !== migration.sql) {
      throw new ScorekeepError(
        'MIGRATION_CHANGED',
        `Migration ${index + 1} was applied as "${text(rows[0], 'name')}" with other statements than "${migration.name}" has now. A released migration never changes; the next one corrects it.`,
        { number: index + 1, name: migration.name },
      );
    }
    return false;
  }
  await tx.query(`set local search_path to ${quote(schema)}`);
  await tx.query(migration.sql);
  await tx.query('insert into migration (number, name, sql) values ($1, $2, $3)', [
    index + 1,
    migration.name,
    migration.sql,
  ]);
  return true;
}

async function refuseNewerSchema(sql: Sql, schema: string, known: number): Promise<void> {
  const count = await appliedCount(sql, schema);
  if (count > known) {
    throw new ScorekeepError(
      'SCHEMA_TOO_NEW',
      `Schema "${schema}" has ${count} migrations and this version of @scorekeep/queue knows ${known}. Upgrade the package.`,
      { schema, applied: count, expected: known },
    );
  }
}

async function appliedCount(sql: Sql, schema: string): Promise<number> {
  const { rows } = await sql.query(`select count(*)::int as count from ${quote(schema)}.migration`);
  return integer(rows[0], 'count');
}
