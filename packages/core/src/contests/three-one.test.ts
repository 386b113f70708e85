import { expect, test } from 'vitest';
import { points, predicted } from './testing/points.ts';
import { threeOne } from './three-one.ts';

test.each([
  ['2-1', '2-1', 3],
  ['2-1', '1-0', 1],
  ['0-0', '3-3', 1],
  ['2-1', '1-1', 0],
])('%s pays when %s comes: %d', (prediction, result, expected) => {
  expect(points(threeOne, predicted(prediction, result))).toBe(expected);
});
