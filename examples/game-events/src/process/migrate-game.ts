import { readFile } from 'node:fs/promises';
import type { Keep } from '@scorekeep/queue';

/**
 * Makes the game's tables and indexes, each file once. Safe in several processes at once, and where somebody has run the files
 * by hand.
 */
export async function migrateGame(keep: Keep): Promise<void> {
  for (const name of MIGRATIONS) {
    const sql = await readFile(new URL(`../../migrations/${name}`, import.meta.url), 'utf8');
    await keep.transaction(async (tx) => {
      await tx.query(`select pg_advisory_xact_lock(hashtextextended('game-events', 0))`);
      await tx.query(REGISTRY);
      const { rowCount } = await tx.query('insert into game_migration (name) values ($1) on conflict do nothing', [
        name,
      ]);
      // Made again they would wait for whoever uses the tables, at each start of a process.
      if (rowCount === 1) await tx.query(sql);
    });
  }
}

const MIGRATIONS = ['001_tables.sql', '005_performance_indexes.sql', '006_daily_players.sql'];

const REGISTRY = `
  create table if not exists game_migration (name text primary key, applied_at timestamptz not null default clock_timestamp())`;
