import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rational, toFixed, toNumber, toRational } from './rational.ts';

test('takes decimals at their word', () => {
  expect(toRational(0.1)).toEqual(rational(1n, 10n));
  expect(toRational('1e-7')).toEqual(rational(1n, 10_000_000n));
  expect(toRational('-12.50')).toEqual(rational(-25n, 2n));
  for (const bad of ['', 'NaN', '1/2', '1e9999', '1'.repeat(65), Number.POSITIVE_INFINITY]) {
    expect(() => toRational(bad, 'Stake')).toThrow(/^Stake must be a finite decimal number/);
  }
});

test('is the nearest double, whatever the size of its parts', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -1e12, max: 1e12 }), (x) => {
      fc.pre(Math.abs(x) > 1e-9);
      expect(toNumber(toRational(x))).toBeCloseTo(x, 12);
    }),
  );
  expect(toNumber(rational(10n ** 40n + 1n, 3n * 10n ** 40n))).toBe(1 / 3);
});

test.each([
  ['half-up', ['0.13', '-0.13', '0.12', '0.38', '-0.00']],
  ['half-even', ['0.12', '-0.12', '0.12', '0.38', '-0.00']],
  ['down', ['0.12', '-0.12', '0.12', '0.37', '-0.00']],
] as const)('rounds %s once, from the exact value', (rounding, texts) => {
  const values = ['0.125', '-0.125', '0.1249999999', '0.375', '-0.001'];
  expect(values.map((value) => toFixed(toRational(value), 2, rounding))).toEqual(
    texts.map((text) => text.replace('-0.00', '0.00')),
  );
});
