import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatOdds, fromDecimal, ODDS_FORMATS, type Odds, type OddsFormat, parseOdds, toDecimal } from './format.ts';
import { rational } from './rational.ts';

const parsed = (text: string | number, format: OddsFormat): Odds => {
  const result = parseOdds(text, format);
  if (!result.ok) throw result.error;
  return result.odds;
};
const refusal = (text: string | number, format: OddsFormat): string => {
  const result = parseOdds(text, format);
  return result.ok ? 'accepted' : `${result.error.code}: ${result.error.message}`;
};

// The same price in all six formats: conversion table of the research notes, checked there against oddslib and penaltyblog.
test.each([
  ['1.20', '-500', '1/5', '0.200', '0.200', '-5.000'],
  ['1.50', '-200', '1/2', '0.500', '0.500', '-2.000'],
  ['1.91', '-110', '10/11', '0.909', '0.909', '-1.100'],
  ['2.00', '+100', '1/1', '1.000', '1.000', '1.000'],
  ['2.50', '+150', '3/2', '1.500', '-0.667', '1.500'],
  ['3.25', '+225', '9/4', '2.250', '-0.444', '2.250'],
  ['4.40', '+340', '17/5', '3.400', '-0.294', '3.400'],
])('shows %s as %s, %s, %s, %s and %s', (...texts) => {
  const odds = parsed(texts[2], 'fractional');
  expect(ODDS_FORMATS.map((format) => formatOdds(odds, format))).toEqual(texts);
});

test.each([
  ['fractional', '7/4', 2.75],
  ['fractional', '13/10', 2.3],
  ['fractional', 'evens', 2],
  ['fractional', 'EVS', 2],
  ['american', '+170', 2.7],
  ['american', '170', 2.7],
  ['american', '-120', 1.8333333333333333],
  ['american', '\u2212120', 1.8333333333333333],
  ['american', '-100', 2],
  ['malay', '-1', 2],
  ['indonesian', '-1', 2],
  ['decimal', 2.1, 2.1],
  ['decimal', ' 2.10 ', 2.1],
] as const)('reads %s %s as decimal %d', (format, text, decimal) => {
  expect(toDecimal(parsed(text, format))).toBe(decimal);
});

test.each([
  ['decimal', '0', 'ODDS_OUT_OF_RANGE: Odds must pay more than the stake (decimal greater than 1), got 0'],
  ['decimal', '1.0', 'ODDS_OUT_OF_RANGE: Odds must pay more than the stake (decimal greater than 1), got 1.0'],
  ['decimal', '-2', 'ODDS_OUT_OF_RANGE: Odds must pay more than the stake (decimal greater than 1), got -2'],
  ['decimal', '1.00000001', 'ODDS_OUT_OF_RANGE: Decimal odds must be at least 1.000001, got 1.00000001'],
  ['decimal', '1e300', 'ODDS_OUT_OF_RANGE: Decimal odds must be at most 1000000, got 1e300'],
  ['decimal', Number.NaN, 'ODDS_MALFORMED: Decimal odds must be a number such as 2.10, got "NaN"'],
  ['decimal', Number.POSITIVE_INFINITY, 'ODDS_MALFORMED: Decimal odds must be a number such as 2.10, got "Infinity"'],
  [
    'decimal',
    '2,10',
    'ODDS_MALFORMED: Decimal odds must be a number such as 2.10, got "2,10"; write a point, not a comma',
  ],
  ['decimal', '', 'ODDS_MALFORMED: Decimal odds must be a number such as 2.10, got ""'],
  ['decimal', '1e999999', 'ODDS_MALFORMED: Decimal odds must be a number such as 2.10, got "1e999999"'],
  ['decimal', '9'.repeat(10_000), 'ODDS_MALFORMED: Decimal odds must be a number such as 2.10, got 10000 characters'],
  ['american', '-50', 'ODDS_OUT_OF_RANGE: American odds must be at least +100 or at most -100, got -50'],
  ['american', '\u221250', 'ODDS_OUT_OF_RANGE: American odds must be at least +100 or at most -100, got -50'],
  ['american', '0', 'ODDS_OUT_OF_RANGE: American odds must be at least +100 or at most -100, got 0'],
  ['fractional', '11/0', 'ODDS_OUT_OF_RANGE: Fractional odds need a denominator of at least 1, got "11/0"'],
  ['fractional', '0/1', 'ODDS_OUT_OF_RANGE: Odds must pay more than the stake (decimal greater than 1), got 0/1'],
  ['fractional', '5-2', 'ODDS_MALFORMED: Fractional odds must be a number such as 10/11 or evens, got "5-2"'],
  ['malay', '1.5', 'ODDS_OUT_OF_RANGE: Malay odds must be from -1 to 1 and not 0, got 1.5'],
  ['malay', '0', 'ODDS_OUT_OF_RANGE: Malay odds must be from -1 to 1 and not 0, got 0'],
  ['indonesian', '0.5', 'ODDS_OUT_OF_RANGE: Indonesian odds must be at least 1 or at most -1, got 0.5'],
  ['hong-kong', '-0.5', 'ODDS_OUT_OF_RANGE: Odds must pay more than the stake (decimal greater than 1), got -0.5'],
] as const)('refuses %s odds of %s with value and remedy', (format, text, message) => {
  expect(refusal(text, format)).toBe(message);
});

test('names the formats when asked for another', () => {
  expect(refusal('2', '__proto__' as OddsFormat)).toMatch(/^OPTION_INVALID: Format must be one of decimal, american/);
});

test('refuses any text without throwing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(...ODDS_FORMATS), (text, format) => {
      const result = parseOdds(text, format);
      expect(result.ok || ['ODDS_MALFORMED', 'ODDS_OUT_OF_RANGE'].includes(result.error.code)).toBe(true);
    }),
  );
});

describe('round trips', () => {
  const cents = fc.integer({ min: 101, max: 100_000_000 }).map((value) => (value / 100).toFixed(2));
  test('decimal text to odds and back is the same text', () => {
    fc.assert(
      fc.property(cents, (text) => {
        expect(formatOdds(fromDecimal(text), 'decimal')).toBe(text);
      }),
    );
  });
  test('American text to odds and back is the same text, through the exact fraction too', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 99_999 }), fc.boolean(), (size, favourite) => {
        const text = favourite && size !== 100 ? `-${size}` : `+${size}`;
        const odds = parsed(text, 'american');
        expect(formatOdds(odds, 'american')).toBe(text);
        expect(parsed(formatOdds(odds, 'fractional'), 'fractional')).toEqual(odds);
      }),
    );
  });
  test('the exact fraction of any price in any format is that price', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 10_000 }), (top, bottom) => {
        const odds = { profit: rational(BigInt(top), BigInt(bottom)) };
        expect(parsed(formatOdds(odds, 'fractional'), 'fractional')).toEqual(odds);
      }),
    );
  });
});

test('shows the fraction a book would, when asked for small denominators', () => {
  expect(formatOdds(fromDecimal('1.91'), 'fractional')).toBe('91/100');
  expect(formatOdds(fromDecimal('1.91'), 'fractional', { maxDenominator: 20 })).toBe('10/11');
  expect(formatOdds(fromDecimal('1.000001'), 'fractional', { maxDenominator: 20 })).toBe('1/20');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 60 }), (thousandths, limit) => {
      const exact = thousandths / 1000;
      const shown = formatOdds({ profit: rational(BigInt(thousandths), 1000n) }, 'fractional', {
        maxDenominator: limit,
      });
      const [top = 0, bottom = 1] = shown.split('/').map(Number);
      const error = Math.abs(top / bottom - exact);
      for (let q = 1; q <= limit; q++) {
        const p = Math.max(1, Math.round(exact * q));
        expect(error).toBeLessThanOrEqual(Math.abs(p / q - exact) + 1e-12);
      }
    }),
  );
});
