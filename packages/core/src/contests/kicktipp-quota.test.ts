import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kicktippQuota } from './kicktipp-quota.ts';
import { points, predicted } from './testing/points.ts';

const quota = (picked: number, poolTotal: number): number =>
  points(kicktippQuota, { ...predicted('1-0', '3-1'), picked, poolTotal });

// kicktipp.com, rule page: MIN 3, MAX 10. 5 of 25 pay 7; of ten entrants 6, 3 and 1 are paid "4-5-10"; all of them 3.
test.each([
  [5, 25, 7],
  [6, 10, 4],
  [3, 10, 5],
  [1, 10, 10],
  [10, 10, 3],
])('an outcome that %d of %d entrants picked pays %d', (picked, poolTotal, expected) => {
  expect(quota(picked, poolTotal)).toBe(expected);
});

test('a wrong outcome pays nothing, however rare', () => {
  expect(points(kicktippQuota, { ...predicted('0-1', '3-1'), picked: 1, poolTotal: 100 })).toBe(0);
});

test('is the published formula, rounded once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 0, max: 5000 }), (picked, others) => {
      const [t, n] = [BigInt(picked), BigInt(picked + others)];
      // floor(2 x + 1) / 2 with x = (10 n - 10 t + 30 t) / (10 t), in whole numbers
      const rounded = Number((2n * (10n * n - 10n * t + 30n * t) + 10n * t) / (20n * t));
      expect(quota(picked, picked + others)).toBe(Math.min(10, Math.max(3, rounded)));
    }),
    { seed: 1 },
  );
});

test('never pays more to an outcome that more entrants picked', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999 }), (picked) => {
      expect(quota(picked + 1, 1000)).toBeLessThanOrEqual(quota(picked, 1000));
    }),
    { seed: 1 },
  );
});
