import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { opsIn } from '../../contract/src/run-ops.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ops-up-'));
const ops = opsIn(folder, { DATABASE_URL: (await testDatabase()).url, OTP_DELIVERY: 'response' });

afterAll(async () => {
  await ops('npm run ops -- world-cup down');
  rmSync(folder, { recursive: true, force: true });
});

test('one `up` with a bad value does not make every later `up` fail', async () => {
  const up = (workers: number): string => `npm run ops -- world-cup up --workers ${workers}`;
  const failed = { code: 1, output: expect.stringContaining('The worker of world-cup did not start') };
  expect(await ops(`LOG_LEVEL=loud ${up(1)}`)).toMatchObject(failed);
  expect(await ops(up(1))).toMatchObject({ code: 0 });
  expect(await ops(`DATABASE_POOL_SIZE=none ${up(2)}`)).toMatchObject(failed);
  expect(await ops(up(2))).toMatchObject({ code: 0 });
  const { output } = await ops('npm run -s ops -- world-cup status --json');
  const running = { state: 'running' };
  expect(JSON.parse(output)).toMatchObject({ well: true, app: running, workers: [running, running] });
});

test('where its Postgres had not started, `url` printed "undefined" as if that were one', async () => {
  const own = mkdtempSync(path.join(tmpdir(), 'ops-url-'));
  const without = opsIn(own, { DATABASE_URL: ' ' });
  mkdirSync(path.join(own, 'world-cup'));
  writeFileSync(path.join(own, 'world-cup', 'postgres'), 'no folder');
  try {
    expect(await without('npm run ops -- world-cup up --workers 1')).toMatchObject({ code: 1 });
    expect(await without('npm run -s ops -- world-cup url')).toMatchObject({
      code: 1,
      output: expect.stringContaining('world-cup has no Postgres that runs.'),
    });
  } finally {
    await without('npm run ops -- world-cup down');
    rmSync(own, { recursive: true, force: true });
  }
});
