import { readFile } from 'node:fs/promises';
import type { Keep } from '@scorekeep/queue';

/** Makes the game's tables and indexes where they are missing. Safe to call again, and in several processes at once. */
export async function migrateGame(keep: Keep): Promise<void> {
  const files = await Promise.all(
    MIGRATIONS.map((name) => readFile(new URL(`../../migrations/${name}`, import.meta.url), 'utf8')),
  );
  await keep.transaction(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('game-events', 0))`);
    for (const sql of files) await tx.query(sql);
  });
}

const MIGRATIONS = ['001_tables.sql', '005_performance_indexes.sql'];
