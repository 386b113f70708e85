import fc from 'fast-check';
import { expect, test } from 'vitest';
import { awards, PLACES, tierOf } from './prize-table.ts';

const worth = (places: number, kind: 'coins' | 'gems'): bigint =>
  Array.from({ length: places }, (_, i) => BigInt(tierOf(i + 1)?.[kind] ?? 0)).reduce((a, b) => a + b, 0n);

/** Rankings with ties, best first, as the board gives them: everybody of rank 50 or better. */
const ranking = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 80 }).map((scores) =>
  scores
    .sort((a, b) => b - a)
    .map((score, i) => ({ subject: `p${i}`, rank: 1 + scores.filter((other) => other > score).length }))
    .filter(({ rank }) => rank <= PLACES),
);

test('what is paid is what the places that were taken are worth, whatever the ties', () => {
  fc.assert(
    fc.property(ranking, (entries) => {
      for (const kind of ['coins', 'gems'] as const) {
        const paid = awards(entries).reduce((sum, award) => sum + award[kind], 0n);
        expect(paid).toBe(worth(Math.min(entries.length, PLACES), kind));
      }
    }),
  );
});

test('a better rank never wins less', () => {
  fc.assert(
    fc.property(ranking, (entries) => {
      const won = awards(entries).map(({ coins }) => coins);
      // A coin that cannot be divided goes to one of equals.
      for (const [i, coins] of won.entries()) expect(coins).toBeGreaterThanOrEqual((won[i + 1] ?? 0n) - 1n);
    }),
  );
});

test(`the game's own table: 5000, 3000, 2000, then 1000 to the tenth and 500 to the fiftieth`, () => {
  const entries = Array.from({ length: 60 }, (_, i) => ({ subject: `p${i}`, rank: i + 1 })).filter(
    ({ rank }) => rank <= 50,
  );
  const won = awards(entries);
  expect(won).toHaveLength(50);
  expect([0, 1, 2, 3, 9, 10, 49].map((i) => [won[i]?.coins, won[i]?.gems])).toEqual([
    [5_000n, 250n],
    [3_000n, 150n],
    [2_000n, 100n],
    [1_000n, 50n],
    [1_000n, 50n],
    [500n, 25n],
    [500n, 25n],
  ]);
  expect(tierOf(51)).toBeUndefined();
});
