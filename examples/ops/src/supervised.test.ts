import { expect, test } from 'vitest';
import { patienceWith } from './supervised.ts';

test('a process that says for five minutes that it stops is not killed after one, amid requests', () => {
  expect(patienceWith({ DRAIN_MS: '300000' })).toBeGreaterThan(300_000);
  expect(patienceWith({ DRAIN_MS: 'many' })).toBe(patienceWith({}));
});
