import { expect, test } from 'vitest';
import { runPage } from '../../../../tooling/page.ts';
import { testDatabase } from '../../../../tooling/test-database.ts';

test('the program of docs/projections.md compiles and prints what the page says', async () => {
  const { url } = await testDatabase();
  process.env['DATABASE_URL'] = url;
  const { printed, promised } = runPage('docs/projections.md', 'packages/queue');
  expect(promised).not.toBe('');
  expect(printed).toBe(promised);
});
