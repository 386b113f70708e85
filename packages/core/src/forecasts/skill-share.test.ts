import { describe, expect, test } from 'vitest';
import { seededRandom } from './seeded-random.ts';
import { skillShare } from './skill-share.ts';

describe('the share of skill', () => {
  test('is 1 where every match ranks the entrants the same', () => {
    expect(skillShare({ ann: [3, 4, 5], bob: [2, 3, 4], cid: [1, 2, 3] })).toBeCloseTo(1, 12);
  });

  test('by hand: variances 4.5 and 0.5 per match, 2 of the totals', () => {
    // ann 3 + 1 = 4, bob 0 + 2 = 2: 2 / 1 x (1 - 5 / 2) = -3
    expect(skillShare({ ann: [3, 1], bob: [0, 2] })).toBeCloseTo(-3, 12);
  });

  test('is undefined where all totals are equal', () => {
    expect(skillShare({ ann: [1, 0], bob: [0, 1] })).toBeUndefined();
    expect(skillShare({ ann: [0.1, 0], bob: [0.1, 0], cid: [0.1, 0] })).toBeUndefined();
  });

  test('is undefined where fractions add up to one total in different orders: it was beyond -10^30', () => {
    expect(skillShare({ ann: [0.1, 0.2, 0.3], bob: [0.3, 0.2, 0.1] })).toBeUndefined();
  });

  test('is near 0 among coin tossers, and high where entrants are right at different rates', () => {
    const random = seededRandom(11);
    const table = (rate: (entrant: number) => number) =>
      Object.fromEntries(
        Array.from({ length: 300 }, (_, i) => [`e${i}`, Array.from({ length: 104 }, () => Number(random() < rate(i)))]),
      );
    expect(Math.abs(skillShare(table(() => 0.5)) ?? 1)).toBeLessThan(0.3);
    expect(skillShare(table((entrant) => 0.3 + entrant / 750))).toBeGreaterThan(0.75);
  });

  test('needs two entrants and two matches', () => {
    expect(() => skillShare({ ann: [1, 2] })).toThrow('needs two entrants and two matches, got 1 and 2');
    expect(() => skillShare({ ann: [1], bob: [2] })).toThrow('needs two entrants and two matches, got 2 and 1');
  });
});
