import { readFileSync } from 'node:fs';
import pg from 'pg';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { connect } from './connect.ts';
import { migrate, readMigrations } from './migrate.ts';
import { onDatabase } from './testing/contest.ts';
import { describeSchema } from './testing/describe-schema.ts';

test('the migrations make the schema that schema.sql shows', async () => {
  const { url } = await testDatabase();
  await migrate(url);
  const made = await onDatabase(url, (client) => describeSchema(client, 'scorekeep'));
  // A migration changes this file in the same commit, so that a review sees what it does: copy `made` over it.
  expect(made).toBe(readFileSync(new URL('../schema.sql', import.meta.url), 'utf8'));
});

test('four processes that migrate at once apply each migration once', async () => {
  const { url } = await testDatabase();
  const reports = await Promise.all([migrate(url), migrate(url), migrate(url), migrate(url)]);
  const names = (await readMigrations()).map((migration) => migration.name);
  expect(reports.flatMap((report) => report.applied).toSorted()).toEqual(names.toSorted());
  expect(await migrate(url)).toEqual({ schema: 'scorekeep', applied: [] });
});

test('a migration that was changed after it was applied is refused', async () => {
  const { url } = await testDatabase();
  await migrate(url);
  await onDatabase(url, (client) => client.query(`update scorekeep.migration set sql = sql || ' ' where number = 1`));
  await expect(migrate(url)).rejects.toMatchObject({ code: 'MIGRATION_CHANGED', fields: { number: 1 } });
});

test('a schema from the future is refused', async () => {
  const { url } = await testDatabase();
  await migrate(url);
  await onDatabase(url, (client) => client.query(`insert into scorekeep.migration values (9999, '9999_later', '')`));
  await expect(migrate(url)).rejects.toMatchObject({ code: 'SCHEMA_TOO_NEW' });
});

test('connect with migrate: false refuses an old schema and leaves it alone', async () => {
  const { url } = await testDatabase();
  await expect(connect({ url, migrate: false })).rejects.toMatchObject({
    code: 'SCHEMA_OUTDATED',
    fields: { applied: 0 },
  });
  const { rows } = await onDatabase(url, (client) => client.query(`select to_regnamespace('scorekeep') as there`));
  expect(rows).toEqual([{ there: null }]);
});

test('a pool of the host is migrated with and left open', async () => {
  const { url } = await testDatabase();
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  const keep = await connect({ pool, schema: 'elsewhere' });
  await keep.stop();
  const { rows } = await pool.query(`select to_regclass('elsewhere.slice') is not null as there`);
  expect(rows).toEqual([{ there: true }]);
  await pool.end();
});

test('the migration to a histogram of arrays carries the counts of each bucket and shard over', async () => {
  const { url } = await testDatabase();
  const migrations = await readMigrations();
  const arrays = migrations.findIndex(({ name }) => name.endsWith('histogram_of_arrays'));
  const rows = await onDatabase(url, async (client) => {
    await client.query('create schema scorekeep; set search_path = scorekeep; set session_replication_role = replica');
    for (const { sql } of migrations.slice(0, arrays)) await client.query(sql);
    await client.query(`insert into histogram values (1, 'w', 1, 0, 0, 4), (1, 'w', 1, 127, 0, 5), (1, 'w', 1, 128, 0, 6),
      (1, 'w', 1, 0, 1, -1), (1, 'w', 2, 0, 0, 9), (1, 'w', 2, 1, 0, 6), (1, 'w', 2, 0, 1, -1), (2, 'v', 1, 300, 3, 7), (2, 'v', 2, 2, 3, 7)`);
    await client.query(migrations[arrays]?.sql ?? '');
    return (
      await client.query(`select board, window_key, upper, shard, n::int, array_length(counts, 1) as buckets,
        array(select (place - 1) || ':' || count from unnest(counts) with ordinality as of (count, place) where count <> 0) as counts from histogram order by 1, 2, 3, 4`)
    ).rows;
  });
  expect(rows).toEqual([
    { board: 1, window_key: 'w', upper: 0, shard: 0, n: 9, buckets: 128, counts: ['0:4', '127:5'] },
    { board: 1, window_key: 'w', upper: 0, shard: 1, n: -1, buckets: 128, counts: ['0:-1'] },
    { board: 1, window_key: 'w', upper: 1, shard: 0, n: 6, buckets: 128, counts: ['0:6'] },
    { board: 2, window_key: 'v', upper: 2, shard: 3, n: 7, buckets: 128, counts: ['44:7'] },
  ]);
});
