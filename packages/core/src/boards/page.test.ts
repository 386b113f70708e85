import { expect, test } from 'vitest';
import { runPage } from '../../../../tooling/page.ts';

test('the code of docs/boards.md compiles and prints what the page says', { timeout: 60_000 }, () => {
  const { printed, promised } = runPage('docs/boards.md', 'packages/core');
  expect(promised).not.toBe('');
  expect(printed).toBe(promised);
});
