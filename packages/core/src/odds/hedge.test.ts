import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hedge, layAsBack, layOff } from './hedge.ts';

// penaltyblog's computed example; the prose of the same page prints 47.24/33.75/21.87, which is not the optimum.
test('locks 22.14 behind 25 at 6.0 with hedges at 2.5 and 3.5', () => {
  const { outcomes, worst } = hedge([
    { outcome: 'home', profit: 125 },
    { outcome: 'draw', profit: -25, odds: 2.5 },
    { outcome: 'away', profit: -25, odds: 3.5 },
  ]);
  expect(outcomes.map(({ stake }) => Number(stake.toFixed(6)))).toEqual([0, 60, 42.857143]);
  expect(worst).toBeCloseTo(22.142857, 6);
});

test('symptom: a "bad hedge" with a worst case of -50.90 where not hedging is -50', () => {
  const { worst, outcomes } = hedge([
    { outcome: 'home', profit: 50 },
    { outcome: 'draw', profit: -50, odds: 1.5 },
    { outcome: 'away', profit: -50, odds: 1.6 },
  ]);
  expect(worst).toBe(-50);
  expect(outcomes.every(({ stake }) => stake === 0)).toBe(true);
});

const position = fc
  .array(
    fc.record({
      outcome: fc.string({ minLength: 1, maxLength: 3 }),
      profit: fc.integer({ min: -1000, max: 1000 }),
      odds: fc.integer({ min: 102, max: 2000 }).map((d) => d / 100),
      commission: fc.constantFrom(0, 0.02, 0.05),
      offered: fc.boolean(),
    }),
    { minLength: 2, maxLength: 6 },
  )
  .map((list) => list.map(({ offered, odds, ...rest }) => (offered ? { ...rest, odds } : rest)));

test('is never worse than doing nothing', () => {
  fc.assert(
    fc.property(position, (entries) => {
      const { worst, worstBefore, outcomes } = hedge(entries);
      expect(worst).toBeGreaterThanOrEqual(worstBefore);
      expect(worstBefore).toBe(Math.min(...entries.map(({ profit }) => profit)));
      expect(outcomes.every(({ stake }) => stake >= 0)).toBe(true);
      expect(worst).toBe(Math.min(...outcomes.map(({ profit }) => profit)));
    }),
  );
});

test('no other stakes have a better worst case, short of an arbitrage', () => {
  const tries = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(position, tries, (entries, stakes) => {
      const net = entries.map((entry) => ('odds' in entry ? 1 + (entry.odds - 1) * (1 - entry.commission) : 0));
      fc.pre(net.reduce((sum, d) => sum + (d === 0 ? 1 : 1 / d), 0) >= 1);
      const staked = entries.map((_, i) => (net[i] === 0 ? 0 : (stakes[i] ?? 0)));
      const total = staked.reduce((sum, stake) => sum + stake, 0);
      const worst = Math.min(...entries.map(({ profit }, i) => profit + (staked[i] ?? 0) * (net[i] ?? 0) - total));
      expect(worst).toBeLessThanOrEqual(hedge(entries).worst + 1e-9);
    }),
  );
});

test('laying off makes both ways equal, beats doing nothing and agrees with the general hedge', () => {
  const decimal = fc.integer({ min: 102, max: 3000 }).map((d) => d / 100);
  fc.assert(
    fc.property(decimal, decimal, fc.constantFrom(0, 0.02, 0.05), (odds, layOdds, commission) => {
      const { layStake, liability, profit } = layOff({ stake: 10, odds, layOdds, commission });
      expect(10 * (odds - 1) - liability).toBeCloseTo(profit, 6);
      expect(profit).toBeGreaterThan(-10);
      expect(liability).toBeCloseTo(layStake * (layOdds - 1), 6);
      const general = hedge([
        { outcome: 'happens', profit: 10 * (odds - 1) },
        { outcome: 'does not', profit: -10, odds: layAsBack({ odds: layOdds, commission }) },
      ]);
      expect(general.worst).toBeCloseTo(profit, 6);
    }),
  );
});

test('refuses a position that is none', () => {
  expect(() => hedge([{ outcome: 'home', profit: 1 }])).toThrow('at least 2 outcomes, got 1');
  expect(() =>
    hedge([
      { outcome: 'home', profit: Number.NaN },
      { outcome: 'away', profit: 1 },
    ]),
  ).toThrow('"home" must be finite, got NaN');
});
