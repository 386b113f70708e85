import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kelly, kellyExclusive, kellyIndependent, MAX_SIMULTANEOUS_BETS } from './kelly.ts';

// Published examples, collected in the research notes; (2.1, .55) half Kelly 7.05 % and (2.5, .5) 16.67 % are penaltyblog's.
test.each([
  [2, 0.6, 0.2],
  [2.1, 0.55, 0.14090909],
  [2.5, 0.5, 0.16666667],
  [3.5, 0.3, 0.02],
  [1.8, 0.4, 0],
  [1 + 10 / 11, 0.55, 0.055],
])('stakes at odds %d and probability %d the share %d', (odds, probability, share) => {
  expect(kelly({ odds, probability })).toBeCloseTo(share, 8);
});

test('half Kelly is half the stake', () => {
  expect(kelly({ odds: 2.1, probability: 0.55, fraction: 0.5 })).toBeCloseTo(0.0705, 4);
  expect(kellyIndependent([{ odds: 2.1, probability: 0.55 }], { fraction: 0.5 }).growth).toBeCloseTo(0.008177, 6);
  expect(() => kelly({ odds: 2, probability: 0.6, fraction: 0 })).toThrow('above 0 and at most 1, got 0');
});

test('exclusive bets: closed form, equal to what an optimiser prints', () => {
  const { fractions, reserveRate, growth } = kellyExclusive([
    { odds: 2.5, probability: 0.55 },
    { odds: 3.2, probability: 0.25 },
    { odds: 2.8, probability: 0.2 },
  ]);
  expect(fractions.map((f) => f.toFixed(8))).toEqual(['0.27173913', '0.03260870', '0.00000000']);
  expect(reserveRate).toBeCloseTo(0.69565217, 8);
  expect(growth).toBeCloseTo(0.04678257, 8);
});

test('independent bets at once: two of 2.0 at 0.6 get 5/26 each', () => {
  const bet = { odds: 2, probability: 0.6 };
  const { fractions, growth } = kellyIndependent([bet, bet]);
  expect(fractions[0]).toBeCloseTo(5 / 26, 12);
  expect(fractions[1]).toBeCloseTo(5 / 26, 12);
  expect(growth).toBeCloseTo(0.0394708, 7);
});

const bet = fc.record({
  probability: fc.integer({ min: 1, max: 99 }).map((p) => p / 100),
  odds: fc.integer({ min: 105, max: 2000 }).map((d) => d / 100),
});

describe('laws', () => {
  test('no bet on a negative edge, alone or beside others', () => {
    fc.assert(
      fc.property(fc.array(bet, { minLength: 1, maxLength: 3 }), (bets) => {
        const { fractions } = kellyIndependent(bets);
        for (const [i, { probability, odds }] of bets.entries()) {
          if (probability * odds <= 1) {
            expect(kelly({ probability, odds })).toBe(0);
            expect(fractions[i]).toBe(0);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test('one bet is the same in all three', () => {
    fc.assert(
      fc.property(bet, (single) => {
        expect(kellyExclusive([single]).fractions[0]).toBeCloseTo(kelly(single), 10);
        expect(kellyIndependent([single]).fractions[0]).toBeCloseTo(kelly(single), 10);
      }),
    );
  });

  test('no small change of the exclusive stakes grows faster', () => {
    const exclusive = fc.tuple(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 19 }),
    );
    const prices = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 110, max: 900 })));
    fc.assert(
      fc.property(
        exclusive,
        prices,
        fc.integer({ min: 0, max: 2 }),
        fc.constantFrom(-1e-4, 1e-4),
        (p, d, which, step) => {
          const bets = [p[0], p[1], p[2]].map((share, i) => ({ probability: share / 100, odds: (d[i] ?? 200) / 100 }));
          const { fractions, growth } = kellyExclusive(bets);
          const moved = fractions.map((f, i) => (i === which ? f + step : f));
          const kept = 1 - moved.reduce((sum, f) => sum + f, 0);
          fc.pre(moved.every((f) => f >= 0) && kept > 0);
          const rest = 1 - bets.reduce((sum, { probability }) => sum + probability, 0);
          const other = bets.reduce(
            (sum, { probability, odds }, i) => sum + probability * Math.log(kept + (moved[i] ?? 0) * odds),
            rest * Math.log(kept),
          );
          expect(other).toBeLessThanOrEqual(growth + 1e-12);
        },
      ),
    );
  });
});

test('bets everything on outcomes that must happen and pay more than they cost', () => {
  const { fractions, growth } = kellyExclusive([
    { odds: 2.1, probability: 0.5 },
    { odds: 2.2, probability: 0.5 },
  ]);
  expect(fractions).toEqual([0.5, 0.5]);
  expect(growth).toBeCloseTo(Math.log(1.05 * 1.1) / 2, 12);
});

test('refuses more bets than it can weigh, and probabilities above 1 together', () => {
  const bets = Array.from({ length: MAX_SIMULTANEOUS_BETS + 1 }, () => ({ odds: 2, probability: 0.6 }));
  expect(() => kellyIndependent(bets)).toThrow('At most 10 bets can be weighed together, got 11');
  expect(() => kellyExclusive(bets)).toThrow('must not sum to more than 1');
});

test('weighs ten bets at once', () => {
  const bets = Array.from({ length: MAX_SIMULTANEOUS_BETS }, (_, i) => ({ odds: 2 + i / 10, probability: 0.55 }));
  const { fractions, growth } = kellyIndependent(bets);
  expect(fractions.reduce((sum, f) => sum + f, 0)).toBeLessThan(1);
  expect(growth).toBeGreaterThan(kellyIndependent(bets.slice(0, 9)).growth);
});

describe('bets that are certain or nearly so, which stuck where all was staked', () => {
  // By hand: beside a certain bet at r the others are as at odds of d/r, and one alone gets (p·d/r − 1)/(d/r − 1).
  const beside = (p: number, d: number, r: number): number => ((p * d) / r - 1) / (d / r - 1);

  test.each([
    [[1, 1.01], [0.6, 3], beside(0.6, 3, 1.01), 0.154327],
    [[1, 1.1], [1, 2], 1, Math.LN2],
    // From a grid of thousandths, to whose accuracy it is compared.
    [[0.99999, 1.01], [0.6, 3], 0.397, 0.154291],
  ])('of %j and %j the second gets %d, whichever comes first', (one, two, share, growth) => {
    const bets = [one, two].map(([probability = 0, odds = 0]) => ({ probability, odds }));
    const [found, turned] = [kellyIndependent(bets), kellyIndependent(bets.toReversed())];
    for (const { fractions, growth: grown } of [found, { ...turned, fractions: turned.fractions.toReversed() }]) {
      expect(fractions[1]).toBeCloseTo(share, 4);
      expect((fractions[0] ?? 0) + (fractions[1] ?? 0)).toBeCloseTo(1, 3);
      expect(grown).toBeCloseTo(growth, 6);
    }
  });

  test('a stake moved from one bet to another, or to what is kept, never grows faster, and their order is nothing', () => {
    const near = fc.oneof(
      bet,
      fc.record({
        probability: fc.constantFrom(1, 0.999999, 0.99999, 0.999, 0.9),
        odds: fc.integer({ min: 10001, max: 30000 }).map((d) => d / 10000),
      }),
    );
    fc.assert(
      fc.property(fc.array(near, { minLength: 1, maxLength: 4 }), (bets) => {
        const { fractions, growth } = kellyIndependent(bets);
        expect(kellyIndependent(bets.toReversed()).growth).toBeCloseTo(growth, 9);
        // What is kept is as a bet that is certain at odds of 1.
        const assets = [...bets, { probability: 1, odds: 1 }];
        const shares = [...fractions, 1 - fractions.reduce((sum, f) => sum + f, 0)];
        for (const from of shares.keys()) {
          for (const to of shares.keys()) {
            const step = Math.min(1e-4, shares[from] ?? 0);
            const moved = shares.map((share, i) => share + (i === to ? step : 0) - (i === from ? step : 0));
            expect(growthOf(assets, moved)).toBeLessThanOrEqual(growth + 1e-9);
          }
        }
      }),
    );
  });
});

/** Over all ways the bets may end, one bet at a time. */
function growthOf(bets: readonly { probability: number; odds: number }[], shares: readonly number[]): number {
  const grow = (i: number, chance: number, wealth: number): number => {
    const next = bets[i];
    if (chance <= 1e-15) return 0;
    if (next === undefined) return chance * Math.log(Math.max(0, wealth));
    const won = wealth + (shares[i] ?? 0) * next.odds;
    return grow(i + 1, chance * next.probability, won) + grow(i + 1, chance * (1 - next.probability), wealth);
  };
  return grow(0, 1, 0);
}
