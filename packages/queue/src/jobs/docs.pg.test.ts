import { expect, test } from 'vitest';
import { runPage } from '../../../../tooling/page.ts';
import { testDatabase } from '../../../../tooling/test-database.ts';

test.each(['jobs', 'drills'])('the program of docs/%s.md compiles and prints what the page says', async (page) => {
  const { url } = await testDatabase();
  process.env['DATABASE_URL'] = url;
  const { printed, promised } = runPage(`docs/${page}.md`, 'packages/queue');
  expect(promised).not.toBe('');
  expect(printed).toBe(promised);
});
