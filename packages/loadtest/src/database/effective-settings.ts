import type { Keep } from '@scorekeep/queue';

/** What a process runs with, by name. */
export type EffectiveSettings = Readonly<Record<string, string | number>>;

/** Asked of the library, and of Postgres on a connection of its pool: not what anybody was told. */
export async function effectiveSettings(keep: Keep): Promise<EffectiveSettings> {
  const { rows } = await keep.transaction((tx) =>
    tx.query('select name, current_setting(name) as value from unnest($1::text[]) name', [OF_POSTGRES]),
  );
  return {
    node: process.version,
    poolSize: keep.pool().max,
    ...Object.fromEntries(rows.map(({ name, value }): [string, string] => [`postgres.${name}`, value])),
  };
}

/** What decides how fast a commit is, and whether it lasts. */
const OF_POSTGRES = [
  'server_version',
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'shared_buffers',
  'max_wal_size',
  'work_mem',
];
