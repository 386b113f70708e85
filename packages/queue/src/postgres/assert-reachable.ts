import type pg from 'pg';
import { ScorekeepError } from '../errors.ts';

/**
 * Asks the database for a sign of life.
 *
 * @throws ScorekeepError CONNECT_FAILED with host, port and database, never the password, and what to look at
 */
export async function assertReachable(pool: pg.Pool): Promise<void> {
  try {
    await pool.query('select 1');
  } catch (cause) {
    const { host, port, database } = destination(pool);
    const code = String((cause as { code?: unknown }).code ?? (cause as Error).name);
    throw new ScorekeepError(
      'CONNECT_FAILED',
      `Postgres at ${host}:${port}, database "${database}", did not answer (${code}). ${REMEDY[code] ?? 'Check that it runs and takes connections from here.'}`,
      { host, port, database, reason: code },
      { cause },
    );
  }
}

const REMEDY: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there: start the server, or correct host and port in the URL.',
  ERR_INVALID_URL: 'The URL does not parse: check its port, and encode special characters in the password.',
  ENOTFOUND: 'There is no such host: correct the URL.',
  '28P01': 'The password is wrong: correct the URL.',
  '28000': 'The server does not let this user in: correct the user in the URL, or pg_hba.conf.',
  '3D000': 'There is no such database: create it, or correct the URL.',
  '53300': 'The server has no connection left: raise max_connections, or use smaller pools.',
};

function destination(pool: pg.Pool): { host: string; port: string; database: string } {
  const { connectionString, host = 'localhost', port = 5432, database = '' } = pool.options;
  const url = connectionString !== undefined && URL.canParse(connectionString) ? new URL(connectionString) : undefined;
  if (url === undefined) return { host, port: String(port), database };
  return {
    host: url.hostname || host,
    port: url.port || String(port),
    database: decoded(url.pathname.slice(1)),
  };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
