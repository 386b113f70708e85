import { randomBytes } from 'node:crypto';
import { startPostgres } from '@scorekeep/queue/embedded';
import pg from 'pg';

/** A place of the demo's own on a Postgres server. */
export interface Database {
  /** For everybody who works on it. */
  readonly url: string;
  /** Scorekeep's schema in it. */
  readonly schema: string;
  /** Such as `PostgreSQL 18.4, embedded`, or where it is. */
  readonly server: string;
  /** Leaves the server as it was. */
  close(): Promise<void>;
}

/** The given database cannot be used; the message says which and what to do, and never holds the password. */
export class DatabaseUnusable extends Error {
  override readonly name = 'DatabaseUnusable';
}

/**
 * Makes a new database on the given server or, without one, on an embedded Postgres that is started for it. Where no
 * database may be created, two new schemas in the given one have to do.
 *
 * @param connections how many an embedded server should take
 * @throws DatabaseUnusable naming host and port
 */
export async function openDatabase(url: string | undefined, connections: number): Promise<Database> {
  if (url !== undefined) return openOn(url);
  const postgres = await startPostgres({ settings: { max_connections: connections } });
  try {
    const database = await openOn(postgres.url);
    return { ...database, server: database.server.replace(/ at .*/, ', embedded'), close: () => postgres.stop() };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function openOn(url: string): Promise<Database> {
  const name = `scorekeep_demo_${randomBytes(4).toString('hex')}`;
  const admin = await connectTo(url);
  try {
    const { rows } = await admin.query<{ server_version: string }>('show server_version');
    const server = `PostgreSQL ${rows[0]?.server_version.split(' ')[0]} at ${admin.host}:${admin.port}`;
    const own = (await mayCreateDatabases(admin))
      ? await createDatabase(admin, url, name)
      : await createSchemas(admin, url, name);
    return { ...own, server };
  } finally {
    await admin.end();
  }
}

async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'world-cup',
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (cause) {
    const code = String((cause as { code?: unknown }).code ?? (cause as Error).message);
    const { host, port, database } = client;
    throw new DatabaseUnusable(
      `Postgres at ${host}:${port}, database "${database}", does not let us in (${code}). ${REMEDY[code] ?? 'Check that it runs and takes connections from here'}, or leave the URL out to use the embedded one.`,
      { cause },
    );
  }
}

const REMEDY: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there: start the server, or correct host and port in the URL',
  ENOTFOUND: 'There is no such host: correct the URL',
  '28P01': 'The password is wrong: correct the URL',
  '28000': 'The server does not know this user: correct the URL',
  '3D000': 'There is no such database: create it, or correct the URL',
};

async function mayCreateDatabases(admin: pg.Client): Promise<boolean> {
  const { rows } = await admin.query<{ may: boolean }>(
    'select rolcreatedb or rolsuper as may from pg_roles where rolname = current_user',
  );
  return rows[0]?.may === true;
}

async function createDatabase(admin: pg.Client, url: string, name: string): Promise<Omit<Database, 'server'>> {
  await admin.query(`create database ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  return { url: own.href, schema: 'scorekeep', close: () => once(url, `drop database if exists ${name} with (force)`) };
}

async function createSchemas(admin: pg.Client, url: string, name: string): Promise<Omit<Database, 'server'>> {
  try {
    await admin.query(`create schema ${name}`);
  } catch (cause) {
    const { user, database } = admin;
    throw new DatabaseUnusable(
      `User "${user}" may create neither a database nor a schema in "${database}". Grant one of them, or leave the URL out to use the embedded Postgres.`,
      { cause },
    );
  }
  const own = new URL(url);
  const options = [own.searchParams.get('options'), `-c search_path=${name}`].filter((option) => option !== null);
  own.searchParams.set('options', options.join(' '));
  // In a query string of libpq a plus is a plus.
  own.search = own.search.replaceAll('+', '%20');
  const schema = `${name}_keep`;
  const schemas = [name, schema, `${schema}_jobs`];
  return {
    url: own.href,
    schema,
    close: () => once(url, `drop schema if exists ${schemas.join(', ')} cascade`),
  };
}

async function once(url: string, statement: string): Promise<void> {
  const client = await connectTo(url);
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
