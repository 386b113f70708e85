import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitrage } from './arbitrage.ts';
import { toNumber } from './rational.ts';
import { settle } from './settle.ts';

const outcomes = ['home', 'draw', 'away'] as const;
const offers = (prices: readonly number[]) =>
  prices.map((odds, i) => ({ outcome: outcomes[i % 3] ?? '', book: `book ${i}`, odds }));

test('backs 3.1 / 3.5 / 3.1 for 7.43 % (penaltyblog)', () => {
  const found = arbitrage(offers([3.1, 3.5, 3.1]), { outcomes, total: 100 });
  expect(found.sum).toBeCloseTo(0.93087558, 8);
  expect(found.profit).toBeCloseTo(0.074257426, 9);
  expect(found.stakes.map(({ stake }) => stake.toFixed(4))).toEqual(['34.6535', '30.6931', '34.6535']);
});

test('backs 2.1 / 2.15 for 6.235 %', () => {
  const found = arbitrage(offers([2.1, 2.15]), { outcomes: ['home', 'draw'] });
  expect(found.profit).toBeCloseTo(0.0623529, 7);
  expect(found.stakes.map(({ stake }) => stake.toFixed(6))).toEqual(['0.505882', '0.494118']);
});

test('exists exactly when the best prices sum below 1, and then pays whatever happens', () => {
  const prices = fc.array(
    fc.integer({ min: 105, max: 900 }).map((d) => d / 100),
    { minLength: 3, maxLength: 12 },
  );
  fc.assert(
    fc.property(prices, (list) => {
      const found = arbitrage(offers(list), { outcomes });
      const best = outcomes.map((_, i) => Math.max(...list.filter((_odds, j) => j % 3 === i)));
      const sum = best.reduce((total, odds) => total + 1 / odds, 0);
      expect(found.exists).toBe(sum < 1);
      for (const pick of outcomes) {
        const result = { type: 'match', home: pick === 'home' ? 1 : 0, away: pick === 'away' ? 1 : 0 } as const;
        const profit = found.stakes.reduce((total, { offer, stake }) => {
          const selection = { market: '1x2', pick: offer.outcome as typeof pick } as const;
          return total + toNumber(settle({ type: 'single', stake, odds: offer.odds, selection }, result).profit);
        }, 0);
        expect(profit).toBeCloseTo(found.profit, 9);
        if (Math.abs(sum - 1) > 1e-9) expect(profit > 0).toBe(found.exists);
      }
    }),
  );
});

test('takes commission off before it compares books', () => {
  const found = arbitrage(
    [
      { outcome: 'home', book: 'exchange', odds: 2.1, commission: 0.1 },
      { outcome: 'home', book: 'plain', odds: 2.05 },
      { outcome: 'away', book: 'plain', odds: 1.9 },
    ],
    { outcomes: ['home', 'away'] },
  );
  expect(found.stakes.map(({ offer }) => offer.book)).toEqual(['plain', 'plain']);
});

test('refuses a market with a hole, which would look like an arbitrage', () => {
  expect(() => arbitrage(offers([3.1, 3.5]), { outcomes })).toThrow('No offer for outcome "away"');
  expect(() => arbitrage(offers([3.1]), { outcomes: ['home', 'home'] })).toThrow('Outcome "home" is listed twice');
  expect(() => arbitrage(offers([3.1, 3.5, 3.1]), { outcomes: ['home', 'away'] })).toThrow('"draw" is not an outcome');
});
