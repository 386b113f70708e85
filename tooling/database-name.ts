import { randomBytes } from 'node:crypto';
import type pg from 'pg';

const PREFIX = 'scorekeep_test_';
const DAY_SECONDS = 86_400;

/** A name that no other run uses and that says when it was made: the server itself does not know. */
export function databaseName(purpose: 'template' | 'file'): string {
  return `${PREFIX}${purpose}_${Math.floor(Date.now() / 1000)}_${randomBytes(6).toString('hex')}`;
}

/** Drops what crashed runs left behind on a server that outlives them: databases of ours older than a day. */
export async function dropLeftovers(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ datname: string }>(
    'select datname from pg_database where starts_with(datname, $1)',
    [PREFIX],
  );
  for (const { datname } of rows) {
    const made = /^scorekeep_test_(?:template|file)_(\d+)_[0-9a-f]{12}$/.exec(datname)?.[1];
    if (made !== undefined && Date.now() / 1000 - Number(made) > DAY_SECONDS) {
      await admin.query(`drop database if exists ${datname} with (force)`);
    }
  }
}
