import fc from 'fast-check';
import { expect, test } from 'vitest';
import { slope } from './slope.ts';

const whole = fc.integer({ min: -1000, max: 1000 });

test('of a straight line is found again, wherever it lies', () => {
  fc.assert(
    fc.property(whole, whole, fc.uniqueArray(whole, { minLength: 2, maxLength: 30 }), (steep, height, xs) => {
      expect(slope(xs.map((x) => ({ x, y: steep * x + height }))) === steep).toBe(true); // 0 is also -0
    }),
  );
});

test('is not bent by points of which a quarter is spoiled', () => {
  fc.assert(
    fc.property(fc.array(whole, { minLength: 5, maxLength: 5 }), (spoiled) => {
      const line = Array.from({ length: 20 }, (_, x) => ({ x, y: x % 4 === 3 ? (spoiled[(x - 3) / 4] ?? 0) : 2 * x }));
      expect(slope(line)).toBe(2);
    }),
  );
});

test("of Sen's kind by hand: the slopes 1, 4, 2.5 have the median 2.5", () => {
  expect(slope([0, 1, 2].map((x) => ({ x, y: [0, 1, 5][x] ?? 0 })))).toBe(2.5);
});

test('needs two points of different x', () => {
  const tooFew = expect.objectContaining({ code: 'TOO_FEW_MEASUREMENTS' });
  expect(() => slope([{ x: 1, y: 1 }])).toThrow(tooFew);
  expect(() =>
    slope([
      { x: 1, y: 1 },
      { x: 1, y: 2 },
    ]),
  ).toThrow(tooFew);
});
