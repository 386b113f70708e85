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
  for (const name of created.splice(0)) await asAdmin(`drop database if exists ${name} with (force)`);
});

async function asAdmin(statement: string): Promise<void> {
  const client = new pg.Client(inject('postgres'));
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
