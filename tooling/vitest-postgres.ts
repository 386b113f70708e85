import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../packages/queue/src/embedded/index.ts';
import { databaseName, dropLeftovers } from './database-name.ts';
import { prepareTemplate } from './prepare-template.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of a superuser's or database creator's connection. */
    readonly postgres: string;
    /** Name of the database that test databases are copies of. */
    readonly template: string;
  }
}

/** One server for all test files: `DATABASE_URL`, else an embedded one that ends with the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['DATABASE_URL'];
  const server = given ? undefined : await startPostgres({ durable: false, settings: { max_connections: 200 } });
  const url = server?.url ?? given ?? '';
  const template = databaseName('template');
  const copy = new URL(url);
  copy.pathname = `/${template}`;
  const admin = new pg.Client(url);
  await admin.connect();
  try {
    await dropLeftovers(admin);
    await admin.query(`create database ${template}`);
    await prepareTemplate(copy.href);
  } finally {
    await admin.end();
  }
  project.provide('postgres', url);
  project.provide('template', template);
  return async () => {
    if (server !== undefined) return server.stop();
    const last = new pg.Client(url);
    await last.connect();
    await last.query(`drop database if exists ${template} with (force)`).finally(() => last.end());
  };
}
