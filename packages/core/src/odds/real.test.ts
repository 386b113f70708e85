import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exp, log } from './real.ts';

const ulps = (a: number, b: number): number => Math.abs(a - b) / (Math.abs(b) * Number.EPSILON);

test('agrees with the engine to two units in the last place', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
      fc.pre(x !== 1);
      expect(ulps(log(x), Math.log(x))).toBeLessThan(2);
    }),
  );
  fc.assert(
    fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
      expect(ulps(exp(x), Math.exp(x))).toBeLessThan(2);
    }),
  );
});

test('knows the ends of its domain', () => {
  expect([log(0), log(1), log(Number.POSITIVE_INFINITY)]).toEqual([
    Number.NEGATIVE_INFINITY,
    0,
    Number.POSITIVE_INFINITY,
  ]);
  expect([log(-1), log(Number.NaN)]).toEqual([Number.NaN, Number.NaN]);
  expect([exp(0), exp(-1e9), exp(1e9)]).toEqual([1, 0, Number.POSITIVE_INFINITY]);
});
