import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { databaseName, dropLeftovers } from './database-name.ts';
import { testDatabase } from './test-database.ts';

const { url } = await testDatabase();

test('gives each caller an empty database of its own', async () => {
  const other = await testDatabase();
  expect(other.url).not.toBe(url);
  await query(url, 'create table only_here (id int)');
  expect(await query(other.url, "select to_regclass('only_here') as found")).toEqual([{ found: null }]);
});

test('drops what a crashed run left a day ago, and nothing younger or of another name', async () => {
  const admin = inject('postgres');
  const young = databaseName('file');
  const old = young.replace(/_\d+_/, '_1000000000_');
  const strange = `${old.slice(0, -1)}x`;
  for (const name of [young, old, strange]) await query(admin, `create database ${name}`);
  const client = new pg.Client(admin);
  await client.connect();
  await dropLeftovers(client);
  await client.end();
  const left = await query(
    admin,
    `select datname from pg_database where datname in ('${young}', '${old}', '${strange}')`,
  );
  expect(left).toEqual(expect.arrayContaining([{ datname: young }, { datname: strange }]));
  expect(left).toHaveLength(2);
  for (const name of [young, strange]) await query(admin, `drop database ${name}`);
});

async function query(database: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client(database);
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
