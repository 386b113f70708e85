import { expect, test } from 'vitest';
import { doubleOrDeduct } from './double-or-deduct.ts';
import { points, predicted } from './testing/points.ts';

// plpredictions.com, rules: the examples for a result of 2-1; doubled, 30 and 50 become 60 and 100, all else costs 20.
test.each([
  ['2-1', 50, 100],
  ['2-0', 30, 60],
  ['1-0', 20, -20],
  ['1-1', 10, -20],
  ['0-0', 0, -20],
])('%s pays %d when 2-1 comes, and %d when it was doubled', (prediction, plain, doubled) => {
  expect(points(doubleOrDeduct, { ...predicted(prediction, '2-1'), doubled: false })).toBe(plain);
  expect(points(doubleOrDeduct, { ...predicted(prediction, '2-1'), doubled: true })).toBe(doubled);
});
