import { seededRandom } from '@scorekeep/core/forecasts';
import { expect, test } from 'vitest';
import { bootstrap } from './bootstrap.ts';
import { normal } from './normal.ts';
import { median } from './quantile.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('the interval of a mean is that of theory: 1.96 standard errors of 100 normal samples', {
  timeout: 60_000,
}, () => {
  const random = seededRandom(1);
  const samples = Array.from({ length: 100 }, () => 10 + normal(random));
  const { estimate, low, high } = bootstrap(samples, mean, { random, resamples: 5000 });
  const error = Math.sqrt(samples.reduce((sum, value) => sum + (value - estimate) ** 2, 0) / 100 / 100);
  expect(Math.abs((high - low) / 2 / error - 1.96)).toBeLessThan(0.15);
  expect(low).toBeLessThan(estimate);
  expect(high).toBeGreaterThan(estimate);
});

test('nine of ten intervals at 0.9 hold the true median of 40 samples', { timeout: 60_000 }, () => {
  const random = seededRandom(2);
  const held = Array.from({ length: 200 }, () => {
    const samples = Array.from({ length: 40 }, () => normal(random));
    const { low, high } = bootstrap(samples, median, { random, confidence: 0.9, resamples: 200 });
    return low <= 0 && 0 <= high;
  }).filter(Boolean).length;
  expect(held / 200).toBeGreaterThan(0.83);
  expect(held / 200).toBeLessThan(0.97);
});

test('the same random numbers give the same interval', () => {
  const once = () => bootstrap([3, 1, 4, 1, 5, 9, 2, 6], median, { random: seededRandom(7) });
  expect(once()).toEqual(once());
});

test('one sample has no interval, and no confidence is certain', () => {
  const random = seededRandom(1);
  expect(() => bootstrap([1], median, { random })).toThrow(expect.objectContaining({ code: 'TOO_FEW_MEASUREMENTS' }));
  for (const confidence of [0, 1, Number.NaN]) {
    expect(() => bootstrap([1, 2], median, { random, confidence })).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    );
  }
});
