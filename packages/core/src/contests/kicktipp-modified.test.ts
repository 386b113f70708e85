import { expect, test } from 'vitest';
import { kicktippModified } from './kicktipp-modified.ts';
import { points, predicted } from './testing/points.ts';

// kicktipp.at, help, recommended points "Modified 9": home 2/3/4, draw 4/-/6, away 4/5/6.
test.each([
  ['2-1', '2-1', 4],
  ['2-1', '3-2', 3],
  ['2-1', '2-0', 2],
  ['1-1', '1-1', 6],
  ['1-1', '0-0', 4],
  ['0-1', '0-1', 6],
  ['0-1', '1-2', 5],
  ['0-1', '0-2', 4],
  ['2-1', '1-2', 0],
  ['1-1', '1-0', 0],
])('%s pays when %s comes, by the published table: %d', (prediction, result, expected) => {
  expect(points(kicktippModified, predicted(prediction, result))).toBe(expected);
});
