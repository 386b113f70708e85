import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crowdPercentage } from './crowd-percentage.ts';
import { points, predicted } from './testing/points.ts';

const row = (picked: number, poolTotal: number) => ({ ...predicted('1-0', '3-1'), picked, poolTotal });

// FIFA (McDonald's) predictor, help on scoring: "if 10 per cent of players correctly predict the result then 90 points".
test.each([
  [10, 100, 90],
  [1, 3, 66.667],
  [3, 3, 0],
  [0, 0, 0],
])('the outcome that %d of %d picked pays %d', (picked, poolTotal, expected) => {
  expect(points(crowdPercentage, row(picked, poolTotal))).toBe(expected);
});

test('what all entrants earn together is 100 times the share that is right, times the share that is not', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 400 }), (picked, others) => {
      const total = picked + others;
      const all = picked * points(crowdPercentage, row(picked, total));
      expect(Math.abs(all - (100 * picked * others) / total)).toBeLessThanOrEqual(picked * 0.0005 + 1e-9);
    }),
    { seed: 1 },
  );
});
