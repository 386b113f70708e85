import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closestPicks } from './closest-picks.ts';
import { crowdSnapshot } from './crowd-snapshot.ts';
import { grandSlam, marginContest } from './margin.ts';
import { points } from './testing/points.ts';

const alone = { closest: null, closestSharers: 0 };

// Superbru, NRL scoring system: the table of margin points when the home team wins by 2; by 8 and 9 pay none.
test.each([
  [9, 1],
  [8, 1],
  [7, 1.5],
  [3, 1.5],
  [1, 1.5],
  [0, 0.5],
  [-1, 0.5],
  [-3, 0.5],
  [-4, 0],
])('a pick of %d pays %d points when the margin is 2', (margin, expected) => {
  expect(points(marginContest, { margin, resultMargin: 2, ...alone })).toBe(expected);
});

test('a pick on the other side is out of the margin range even when the sizes are close', () => {
  expect(points(marginContest, { margin: 90, resultMargin: -84, ...alone })).toBe(0);
});

const crowd = (margins: readonly number[]) =>
  crowdSnapshot(margins.map((margin, i) => ({ match: 'm', entrant: `e${i}`, pick: String(margin) })));

// Superbru: the bonus point is worth 1, divided among those who share it, down to 0.25.
test('the closest picks with the right winner share a point, down to a quarter each', () => {
  const paid = (count: number): number => {
    const closest = closestPicks(crowd([...new Array<number>(count).fill(10), -1]), 'm', 2);
    return points(marginContest, { margin: 10, resultMargin: 2, ...closest }) - 1;
  };
  expect([1, 2, 3, 4, 5, 40].map((count) => Number(paid(count).toFixed(3)))).toEqual([1, 0.5, 0.333, 0.25, 0.25, 0.25]);
});

test('nobody with the right winner means no closest pick', () => {
  expect(closestPicks(crowd([-3]), 'm', 2)).toEqual({ closest: null, closestSharers: 0 });
  expect(closestPicks(crowd([]), 'm', 2)).toEqual({ closest: null, closestSharers: 0 });
});

test('the closest picks are those that looking at every pick finds', () => {
  const margins = fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 30 });
  fc.assert(
    fc.property(margins, fc.integer({ min: -20, max: 20 }), (list, result) => {
      const right = list
        .filter((margin) => Math.sign(margin) === Math.sign(result))
        .map((margin) => Math.abs(margin - result));
      const least = right.length === 0 ? null : Math.min(...right);
      const closestSharers = right.filter((distance) => distance === least).length;
      expect(closestPicks(crowd(list), 'm', result)).toEqual({ closest: least, closestSharers });
    }),
    { seed: 1 },
  );
});

test('a pick that is no margin is refused by name', () => {
  const snapshot = crowdSnapshot([{ match: 'm', entrant: 'ada', pick: 'home' }]);
  expect(() => closestPicks(snapshot, 'm', 1)).toThrow(
    'Picks of match "m" must be whole margins as text, such as "-7", got "home".',
  );
});

test('a grand slam needs every winner of the round', () => {
  expect(points(grandSlam, { correct: 8, matches: 8 })).toBe(1);
  expect(points(grandSlam, { correct: 7, matches: 8 })).toBe(0);
});
