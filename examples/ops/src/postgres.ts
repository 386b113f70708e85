import { readFileSync, writeFileSync } from 'node:fs';
import { EmbeddedPostgresError, type Postgres, startPostgres } from '@scorekeep/queue/embedded';
import pg from 'pg';

// The Postgres of a host, in a process of its own: it outlives an app that is restarted. Its folder and the name of its
// database are in the environment.
const { OPS_DATA: directory = '', OPS_DATABASE: name = 'host' } = process.env;
const PORT_FILE = `${directory}.port`;
const told = new Promise<void>((resolve) => {
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(signal, () => resolve());
});
const settings = { max_connections: 600 };
const server = await start(readPort());
writeFileSync(PORT_FILE, String(server.port));
const admin = new pg.Client(server.url);
await admin.connect();
const { rowCount } = await admin.query('select from pg_database where datname = $1', [name]);
if (rowCount === 0) await admin.query(`create database ${pg.escapeIdentifier(name)}`);
await admin.end();
const url = new URL(server.url);
url.pathname = `/${name}`;
process.send?.({ url: url.href });
await told;
await server.stop();
process.exit(0);

/** On the port of the last time, since an app remembers where its Postgres is; on another one if that is taken by now. */
async function start(port: number | undefined): Promise<Postgres> {
  try {
    return await startPostgres({ directory, settings, ...(port === undefined ? {} : { port }) });
  } catch (error) {
    if (!(error instanceof EmbeddedPostgresError) || error.code !== 'PORT_IN_USE') throw error;
    return startPostgres({ directory, settings });
  }
}

function readPort(): number | undefined {
  try {
    return Number(readFileSync(PORT_FILE, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}
