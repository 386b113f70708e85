import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PrizeTable, payPrizes, type Ranked } from './prizes.ts';
import { rankOrdered } from './rank.ts';

const ranked = (scores: readonly number[]): Ranked[] =>
  rankOrdered(scores, (a, b) => a === b).map((rank, i) => ({ rank, subject: `s${i}` }));
const amounts = (scores: readonly number[], table: PrizeTable): number[] =>
  payPrizes(ranked(scores), table).prizes.map(({ amount }) => Number(amount));
// The weekly pool of seed 002's host: 1000 + 500 + 250.
const weekly = { pool: 1750n, places: [1000, 500, 250] };

describe('a prize table', () => {
  test('pays its places when nobody is equal', () => {
    expect(amounts([9, 8, 7, 6], { ...weekly, ties: 'split' })).toEqual([1000, 500, 250]);
    expect(amounts([9, 8, 7, 6], { ...weekly, ties: 'better' })).toEqual([1000, 500, 250]);
  });

  test('splits the prizes of the places that equals take up together', () => {
    expect(amounts([9, 9, 7], { ...weekly, ties: 'split' })).toEqual([750, 750, 250]);
    expect(amounts([9, 8, 7, 7], { ...weekly, ties: 'split' })).toEqual([1000, 500, 125, 125]);
  });

  // Two tied second of 1000, 500 and 250 have what both places pay together; a pool of 1000 for three equals, by largest remainders.
  test('pays the goldens of the research notes: 1000, 375, 375 and 334, 333, 333', () => {
    expect(amounts([9, 8, 8], { ...weekly, ties: 'split' })).toEqual([1000, 375, 375]);
    expect(amounts([9, 8, 8, 7], { ...weekly, ties: 'split' })).toEqual([1000, 375, 375]);
    expect(amounts([5, 5, 5], { pool: 1000n, places: [1], ties: 'split' })).toEqual([334, 333, 333]);
  });

  test('gives equals the better place, and everybody a little less', () => {
    // Weights 1000 : 1000 : 250 of 1750 are 777 7/9, 777 7/9 and 194 4/9; the unit left over goes to the first of the largest remainders.
    expect(amounts([9, 9, 7], { ...weekly, ties: 'better' })).toEqual([778, 778, 194]);
  });

  test('pays the units that do not divide to the largest remainders', () => {
    expect(amounts([1, 1, 1], { pool: 100n, places: [1], ties: 'split' })).toEqual([34, 33, 33]);
    expect(amounts([3, 2, 1], { pool: 10n, places: [4, 3, 2], ties: 'split' })).toEqual([5, 3, 2]);
  });

  test('keeps the prizes of places that nobody took', () => {
    const payout = payPrizes(ranked([5]), { ...weekly, ties: 'split' });
    expect(payout).toEqual({ prizes: [{ subject: 's0', rank: 1, amount: 1000n }], unclaimed: 750n });
    expect(payPrizes([], { ...weekly, ties: 'better' })).toEqual({ prizes: [], unclaimed: 1750n });
  });

  test('conserves its pool, treats equals alike to one unit, and never pays a worse rank more', () => {
    const tables = fc.record({
      pool: fc.bigInt({ min: 0n, max: 10n ** 15n }),
      places: fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 12 }).map((all) => all.sort((a, b) => b - a)),
      ties: fc.constantFrom('split', 'better'),
    }) satisfies fc.Arbitrary<PrizeTable>;
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 6 }), { maxLength: 20 }), tables, (scores, table) => {
        const entries = ranked(scores.toSorted((a, b) => b - a));
        const { prizes, unclaimed } = payPrizes(entries, table);
        const paid = new Map(prizes.map(({ subject, amount }) => [subject, amount]));
        expect(prizes.reduce((sum, { amount }) => sum + amount, 0n) + unclaimed).toBe(table.pool);
        expect(unclaimed >= 0n).toBe(true);
        for (const [i, entry] of entries.entries()) {
          const [mine, next] = [paid.get(entry.subject) ?? 0n, paid.get(entries[i + 1]?.subject ?? '') ?? 0n];
          expect(mine >= next).toBe(true);
          if (entry.rank === entries[i + 1]?.rank) expect(mine - next <= 1n).toBe(true);
        }
        if (entries.length >= table.places.length && table.places.some((place) => place > 0))
          expect(unclaimed).toBe(0n);
      }),
    );
  });

  test.each([
    ['a pool below 0', [1], { pool: -1n, places: [1], ties: 'split' }],
    ['no places', [1], { pool: 1n, places: [], ties: 'split' }],
    ['half a weight', [1], { pool: 1n, places: [0.5], ties: 'split' }],
    ['unknown ties', [1], { pool: 1n, places: [1], ties: 'both' as 'split' }],
  ] satisfies [string, number[], PrizeTable][])('refuses %s', (_, scores, table) => {
    expect(() => payPrizes(ranked(scores), table)).toThrow(expect.objectContaining({ code: 'PRIZES_INVALID' }));
  });

  test('refuses entries out of order, and an entrant twice', () => {
    const table: PrizeTable = { pool: 1n, places: [1], ties: 'split' };
    const [one, two] = [
      { subject: 'a', rank: 1 },
      { subject: 'b', rank: 2 },
    ];
    for (const entries of [
      [two, one],
      [one, one],
    ]) {
      expect(() => payPrizes(entries, table)).toThrow(expect.objectContaining({ code: 'PRIZES_INVALID' }));
    }
  });
});
