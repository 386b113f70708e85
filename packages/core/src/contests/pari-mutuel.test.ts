import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pariMutuel } from './pari-mutuel.ts';
import { type PotEntry, potShares } from './pot-shares.ts';
import { points } from './testing/points.ts';

function earned(
  entries: readonly PotEntry[],
  result: readonly [home: number, away: number],
): ReadonlyMap<string, number> {
  return new Map(
    potShares(entries, result).shares.map((share, i) => [
      share.entrant,
      points(pariMutuel, { ...entries[i], ...share, resultHome: result[0], resultAway: result[1] }),
    ]),
  );
}

test('100 entrants, 70 right, 30 with the difference, 12 exact: the pots pay 1.43, 3.33, 8.33, as on after90minutes', () => {
  const entries = Array.from({ length: 100 }, (_, i) => {
    const [home, away] = i < 12 ? [2, 1] : i < 30 ? [1, 0] : i < 70 ? [2, 0] : [0, 0];
    return { entrant: `e${100 + i}`, home, away };
  });
  const points = earned(entries, [2, 1]);
  expect(points.get('e169')).toBeCloseTo(1.43, 2);
  expect(points.get('e129')).toBeCloseTo(1.43 + 3.33, 2);
  expect(points.get('e111')).toBeCloseTo(1.43 + 3.33 + 8.33, 1);
  expect(points.get('e199')).toBe(0);
});

const goals = fc.integer({ min: 0, max: 3 });
const scoreline = fc.tuple(goals, goals);
const entries = fc
  .array(scoreline, { minLength: 1, maxLength: 40 })
  .map((list) => list.map(([home, away], i) => ({ entrant: `entrant ${i}`, home, away })));

test('every pot that has a winner is paid out to the last thousandth', () => {
  fc.assert(
    fc.property(entries, scoreline, (list, result) => {
      const paid = [...earned(list, result).values()].reduce((sum, value) => sum + Math.round(value * 1000), 0);
      const [first] = potShares(list, result).shares;
      const pots = [first?.outcomeWinners, first?.differenceWinners, first?.exactWinners].filter(
        (winners) => winners !== 0,
      );
      expect(paid).toBe(pots.length * list.length * 1000);
    }),
    { seed: 1 },
  );
});

test('who earns what does not depend on the order of the entries', () => {
  fc.assert(
    fc.property(entries, scoreline, fc.integer({ min: 0, max: 39 }), (list, result, by) => {
      const turned = list.map((_, i) => list[(i + by) % list.length] ?? { entrant: '', home: 0, away: 0 });
      expect(potShares(turned, result).hash).toBe(potShares(list, result).hash);
      expect(new Map([...earned(turned, result)].sort())).toEqual(new Map([...earned(list, result)].sort()));
    }),
    { seed: 1 },
  );
});
