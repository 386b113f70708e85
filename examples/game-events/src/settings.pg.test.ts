import { connect } from '@scorekeep/queue';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { pipelineOf } from './pipeline.ts';
import { SETTINGS } from './settings.ts';

test('the least DATABASE_POOL_SIZE is what the library wants for the work of a process', async () => {
  const keep = await connect({ ...(await testDatabase()), poolSize: 2 });
  const refused = await pipelineOf(keep, { retentionDays: 30 })
    .work({ workers: 1, onError: () => undefined })
    .catch((error: unknown) => error);
  await keep.stop();
  expect(refused).toMatchObject({ code: 'POOL_TOO_SMALL', fields: { needed: expect.any(Number) } });
  const { needed } = (refused as { fields: { needed: number } }).fields;
  expect(SETTINGS.poolSize.read(String(needed))).toBe(needed);
  expect(() => SETTINGS.poolSize.read(String(needed - 1))).toThrow();
});
