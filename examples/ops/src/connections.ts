import pg from 'pg';

/** Connections to a host's Postgres: those that are open, the most that what runs may open, and the most that Postgres takes. */
export interface Connections {
  readonly open: number;
  readonly most: number;
  readonly limit: number;
}

/** Asks a Postgres; undefined when it does not answer. */
export async function readConnections(
  url: string | undefined,
  { processes, poolSize }: { readonly processes: number; readonly poolSize: number },
): Promise<Connections | undefined> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ open: number; limit: number }>(CONNECTIONS);
    const [row] = rows;
    return row === undefined ? undefined : { ...row, most: processes * (poolSize + DISPATCHER) };
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A process takes its pool, and up to so many connections to hand work out. */
const DISPATCHER = 4;
const TIMEOUT_MS = 2_000;

const CONNECTIONS = `
  select (select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid())::int as open,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as limit`;
