import { startHost } from '@scorekeep/example-contract';
import { connect } from '@scorekeep/queue';
import pg from 'pg';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { contests } from './pipeline.ts';
import { SETTINGS } from './settings.ts';

test('the least DATABASE_POOL_SIZE is what the library wants for both contests', async () => {
  const { url } = await testDatabase();
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  const keep = await connect({ pool, controlUrl: url });
  const { draw, kicktipp } = contests('sql');
  const refused = await keep
    .start({ projections: [draw.points, kicktipp.points], boards: [draw.board, kicktipp.board] })
    .catch((error: unknown) => error);
  await keep.stop();
  await pool.end();
  expect(refused).toMatchObject({ code: 'POOL_TOO_SMALL', fields: { needed: expect.any(Number) } });
  const { needed } = (refused as { fields: { needed: number } }).fields;
  expect(SETTINGS.poolSize.read(String(needed))).toBe(needed);
  expect(() => SETTINGS.poolSize.read(String(needed - 1))).toThrow();
});

test('a pool that is too small for WORKERS is told as what to set, and no stack of the library’s', async () => {
  const { url } = await testDatabase();
  const environment = { DATABASE_URL: url, WORKERS: '8', DATABASE_POOL_SIZE: '6' };
  const worker = new URL('./worker.ts', import.meta.url);
  const refused = await startHost(worker, environment).catch((error: Error) => error.message);
  expect(refused).toContain('ended with 2');
  expect(refused).toContain('DATABASE_POOL_SIZE must be at least 20 for WORKERS=8. Raise it, or lower WORKERS.');
});
