import { describe, expect, test } from 'vitest';
import { seededRandom } from './seeded-random.ts';

const take = (count: number, seed: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
};

describe('random numbers by seed', () => {
  test('repeat for the same seed and differ for another', () => {
    expect(take(100, 2026)).toEqual(take(100, 2026));
    expect(take(100, 2026)).not.toEqual(take(100, 2027));
  });

  test('lie evenly between 0 and 1', () => {
    const tenths = new Array<number>(10).fill(0);
    for (const value of take(100_000, 1)) {
      const tenth = Math.floor(value * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    // Chi-square with 9 degrees of freedom: 27.9 is exceeded once in a thousand seeds.
    expect(tenths).toHaveLength(10);
    expect(tenths.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(27.9);
  });

  test.each([-1, 0.5, 2 ** 32, Number.NaN])('have no seed %s', (seed) => {
    expect(() => seededRandom(seed)).toThrow(`A seed is a whole number from 0 to 4294967295, got ${seed}`);
  });
});
