import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ascending, median, medianDeviation, quantile } from './quantile.ts';

describe('quantile', () => {
  // R: quantile(c(1, 2, 4, 8, 16), c(0, .1, .25, .5, .9, 1))
  test.each([
    [0, 1],
    [0.1, 1.4],
    [0.25, 2],
    [0.5, 4],
    [0.9, 12.8],
    [1, 16],
  ])('of 1, 2, 4, 8, 16 at %d is %d, as in R', (share, expected) => {
    expect(quantile([1, 2, 4, 8, 16], share)).toBeCloseTo(expected, 12);
  });

  test('lies within the samples and grows with the share', () => {
    const samples = fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 1 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(samples, share, share, (values, a, b) => {
        const sorted = ascending(values);
        const [low, high] = [quantile(sorted, Math.min(a, b)), quantile(sorted, Math.max(a, b))];
        expect(low).toBeLessThanOrEqual(high + 1e-6);
        expect(quantile(sorted, 0)).toBe(Math.min(...values));
        expect(quantile(sorted, 1)).toBe(Math.max(...values));
      }),
    );
  });

  test('of nothing, or at no share, is an error and never a number', () => {
    expect(() => quantile([], 0.5)).toThrow(expect.objectContaining({ code: 'TOO_FEW_MEASUREMENTS' }));
    for (const share of [-0.1, 1.1, Number.NaN]) {
      expect(() => quantile([1], share)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    }
  });
});

test('the median does not mind the order, nor one outlier', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([1, 2, 1e9])).toBe(2);
  expect(medianDeviation([1, 2, 3, 4, 1e9])).toBe(1);
});
