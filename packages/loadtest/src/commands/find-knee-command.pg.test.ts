import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { expendable } from '../testing/expendable.ts';
import { runMain } from '../testing/run-main.ts';

test('a knee is searched with real events; a limit that no answer can keep to leaves none, and that is no pass', async () => {
  const { url } = await testDatabase();
  await expendable(url);
  const args = ['--database-url', url, '--from', '20', '--seconds', '1', '--p95-ms', '0.001', '--json'];
  const { status, stdout } = await runMain('find-knee', ...args);
  const { kept, points } = JSON.parse(stdout);
  expect([status, kept]).toEqual([1, 0]);
  expect(points[0]).toMatchObject({ rate: 20, p95Ms: expect.any(Number), processedShare: expect.any(Number) });
  for (const { outcome } of points) expect(outcome).toMatch(/missed|invalid/);
});
