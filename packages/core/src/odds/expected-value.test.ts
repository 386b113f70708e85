import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectedValue, expectedValueInterval, netOdds, oddsForExpectedValue } from './expected-value.ts';
import { fairOdds } from './fair-odds.ts';
import { formatOdds, fromDecimal } from './format.ts';

// d = 1 + ((1+t)/p − 1)/(1−f) with t = 4.5 %, f = 2 %; computed in the research notes.
test.each([
  [0.5, 2.112245],
  [0.2, 5.311224],
  [0.8, 1.3125],
])('asks at probability %d for odds of %d', (probability, odds) => {
  expect(oddsForExpectedValue({ probability, expectedValue: 0.045, commission: 0.02 })).toBeCloseTo(odds, 6);
});

test('defect of the original: "maker odds for 4.5 % net" of p/1.02/1.025 bring only 3.459 % at p = 0.5; these bring 4.5 %', () => {
  for (const [p, theirs] of [
    [0.2, 0.02859],
    [0.4, 0.03259],
    [0.5, 0.03459],
    [0.6, 0.03659],
    [0.8, 0.04059],
  ] as const) {
    const posted = 1 / (p / 1.02 / 1.025);
    expect(expectedValue({ probability: p, odds: posted, commission: 0.02 })).toBeCloseTo(theirs, 5);
    const asked = oddsForExpectedValue({ probability: p, expectedValue: 0.045, commission: 0.02 });
    expect(expectedValue({ probability: p, odds: asked, commission: 0.02 })).toBeCloseTo(0.045, 14);
  }
});

test('defect of the original: a fair price rounded to whole American odds moves the expected value across a threshold', () => {
  const fair = fairOdds([3.4, 1.38], { method: 'multiplicative' });
  const [probability = 0] = fair.probabilities;
  const american = formatOdds(fromDecimal((fair.odds[0] ?? 0).toFixed(9)), 'american');
  expect([fair.odds[0]?.toFixed(4), american]).toEqual(['3.4638', '+246']);
  expect(expectedValue({ probability, odds: 3.617 })).toBeCloseTo(0.04424, 5);
  expect(expectedValue({ probability: 100 / (100 + Number(american)), odds: 3.617 })).toBeCloseTo(0.04538, 5);
});

test('the sign of the expected value is that of the price against the fair one', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.001, max: 0.999, noNaN: true }),
      fc.double({ min: 1.001, max: 999, noNaN: true }),
      (probability, odds) => {
        fc.pre(Math.abs(odds * probability - 1) > 1e-9);
        expect(Math.sign(expectedValue({ probability, odds }))).toBe(Math.sign(odds - 1 / probability));
      },
    ),
  );
});

test('odds for an expected value bring exactly it, whatever the commission', () => {
  const share = fc.double({ min: 0, max: 0.5, noNaN: true });
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), share, share, (probability, wanted, commission) => {
      const odds = oddsForExpectedValue({ probability, expectedValue: wanted, commission });
      fc.pre(odds <= 1_000_000);
      expect(expectedValue({ probability, odds, commission })).toBeCloseTo(wanted, 9);
    }),
  );
});

test('commission is kept from the profit only', () => {
  expect(netOdds(2.5, 0.02)).toBeCloseTo(2.47, 12);
  expect(() => netOdds(2.5, 1)).toThrow('Commission must be from 0 to below 1 (0.02 is 2 %), got 1');
  expect(() => expectedValue({ probability: 1.2, odds: 2 })).toThrow('A probability must be from 0 to 1, got 1.2');
  expect(() => oddsForExpectedValue({ probability: 0, expectedValue: 0.045 })).toThrow('No odds greater than 1');
});

test('an interval spans the methods: this price is a bet to one and none to another', () => {
  const interval = expectedValueInterval({ anchor: [1.17, 5.9], outcome: 1, odds: 6.3 });
  expect(interval.max).toBeGreaterThan(0);
  expect(interval.min).toBeLessThan(0);
  expect(interval).toMatchObject({ minMethod: 'goto', maxMethod: 'multiplicative' });
});
