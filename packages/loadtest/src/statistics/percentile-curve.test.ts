import { expect, test } from 'vitest';
import { percentileCurve, samplesFor } from './percentile-curve.ts';

test('of 1 to 1000 goes up to p99, evenly over the nines', () => {
  const curve = percentileCurve(
    Array.from({ length: 1000 }, (_, i) => i + 1),
    1,
  );
  expect(curve.map(({ percentile }) => Number(percentile.toFixed(6)))).toEqual([0, 0.9, 0.99]);
  expect(curve.map(({ value }) => Number(value.toFixed(2)))).toEqual([1, 900.1, 990.01]);
});

test('ends where fewer than ten samples lie beyond', () => {
  const last = (count: number) => percentileCurve(Array.from({ length: count }, () => 1)).at(-1)?.percentile;
  expect(last(9)).toBeUndefined();
  expect(last(999)).toBeLessThan(0.99);
  expect(last(10_000)).toBeCloseTo(0.999, 12);
  // 60 s of 100 events a second
  expect(last(6000)).toBeLessThan(0.999);
  expect([samplesFor(0.5), samplesFor(0.99), samplesFor(0.999)]).toEqual([20, 1000, 10_000]);
});
