import { startPostgres } from '@scorekeep/queue/embedded';
import pg from 'pg';

/** Where a host keeps everything. */
export interface Database {
  readonly url: string;
  readonly embedded: boolean;
  close(): Promise<void>;
}

/**
 * The given database, or one on a Postgres that is started for this process.
 *
 * @param name of the database on an embedded server
 * @param directory keeps an embedded server's data; without it they go with the process
 */
export async function openDatabase(
  url: string | undefined,
  { name, directory }: { readonly name: string; readonly directory: string | undefined },
): Promise<Database> {
  if (url !== undefined) return { url, embedded: false, close: async () => undefined };
  const server = await startPostgres({
    ...(directory === undefined ? {} : { directory }),
    settings: { max_connections: EMBEDDED_CONNECTIONS },
  });
  try {
    const own = new URL(server.url);
    own.pathname = `/${name}`;
    const admin = new pg.Client(server.url);
    await admin.connect();
    try {
      const { rowCount } = await admin.query('select from pg_database where datname = $1', [name]);
      if (rowCount === 0) await admin.query(`create database ${pg.escapeIdentifier(name)}`);
    } finally {
      await admin.end();
    }
    return { url: own.href, embedded: true, close: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Enough for an app and twenty workers with the default pools. */
const EMBEDDED_CONNECTIONS = 600;
