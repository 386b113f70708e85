import pg from 'pg';
import { EXPENDABLE } from '../database/open-database.ts';

/** Marks a test's own database as one that load tests may empty. */
export async function expendable(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const name = pg.escapeIdentifier(client.database ?? '');
    await client.query(`comment on database ${name} is '${EXPENDABLE}'`);
  } finally {
    await client.end();
  }
}
