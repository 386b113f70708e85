import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import { databaseName } from './database-name.ts';

const created: string[] = [];

/** A database of its own for a test file, or for one test; a copy of the template, dropped when the file is done. */
export async function testDatabase(): Promise<{ readonly url: string }> {
  const name = databaseName('file');
  await asAdmin(`create database ${name} template ${inject('template')} strategy wal_log`);
  created.push(name);
  const url = new URL(inject('postgres'));
  url.pathname = `/${name}`;
  return { url: url.href };
}

afterAll(async () => {
  const names = created.splice(0);
  await untilLeft(names);
  for (const name of names) await asAdmin(`drop database if exists ${name} with (force)`);
});

/** A connection that is being closed while its database is dropped by force breaks off, with an error that nobody hears any more. */
async function untilLeft(names: readonly string[]): Promise<void> {
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const { rows } = await asAdmin(`select 1 from pg_stat_activity where datname in ('${names.join("','")}')`);
    if (rows.length === 0) return;
    await wait(20);
  }
}

/** Half a second: what is left open on purpose is thrown out. */
const LOOKS_MAX = 25;

async function asAdmin(statement: string): Promise<pg.QueryResult> {
  const client = new pg.Client(inject('postgres'));
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}
