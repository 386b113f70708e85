import { expect, test } from 'vitest';
import { createRepeats } from './repeated.ts';

test('of equal events the first passes, and after a while one with how many were held back', () => {
  const repeats = createRepeats(10);
  expect([0, 1, 2, 9].map((at) => repeats('pool ECONNREFUSED', at))).toEqual([0, undefined, undefined, undefined]);
  expect(repeats('sweep ECONNREFUSED', 9)).toBe(0);
  expect(repeats('pool ECONNREFUSED', 10)).toBe(3);
  expect(repeats('pool ECONNREFUSED', 11)).toBeUndefined();
  expect(repeats('pool ECONNREFUSED', 20)).toBe(1);
});

test('a flood of different ones is bounded', () => {
  const repeats = createRepeats(10);
  for (let i = 0; i < 5_000; i++) expect(repeats(`key ${i}`, 0)).toBe(0);
});
