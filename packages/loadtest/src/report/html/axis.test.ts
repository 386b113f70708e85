import fc from 'fast-check';
import { expect, test } from 'vitest';
import { axis } from './axis.ts';

test('ticks are round numbers', () => {
  expect(axis(0, 100, 0, 1).ticks).toEqual([0, 20, 40, 60, 80, 100]);
  expect(axis(0, 7, 0, 1).ticks).toEqual([0, 2, 4, 6]);
  expect(axis(0.9, 1.3, 0, 1).ticks.map((tick) => tick.toFixed(1))).toEqual(['0.9', '1.0', '1.1', '1.2', '1.3']);
});

test('the law: two to eight ticks lie on the axis, also where all values are the same', () => {
  const whole = fc.integer({ min: 0, max: 1e9 });
  fc.assert(
    fc.property(whole, whole, fc.constantFrom(1, 1e-3, 1e6), (low, width, unit) => {
      const { at, ticks } = axis(low * unit, (low + width) * unit, 0, 100);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(8);
      for (const tick of ticks) expect(Math.abs(at(tick) - 50)).toBeLessThan(50.1);
    }),
  );
});
