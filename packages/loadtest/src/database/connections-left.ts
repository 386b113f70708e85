import { setTimeout as wait } from 'node:timers/promises';
import type { Sql } from './sql.ts';

/** Connections beside ours once everybody was told to leave; the server may take a moment to notice. */
export async function connectionsLeft(sql: Sql): Promise<number> {
  for (let looks = 0; ; looks++) {
    const { rows } = await sql.query(
      `select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name <> 'scorekeep-loadtest' and backend_type = 'client backend'`,
    );
    const left = Number(rows[0]?.n);
    if (left === 0 || looks === LOOKS) return left;
    await wait(100);
  }
}

const LOOKS = 100;
