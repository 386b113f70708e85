import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RankMethod, rankOrdered } from './rank.ts';

const rank = (totals: number[], method: RankMethod): number[] => rankOrdered(totals, (a, b) => a === b, method);

describe('ranks', () => {
  // Sports rankings as in "Ranking", standard, modified, dense and fractional; the six-entry list is worked out by hand.
  test.each([
    ['1224', [1, 2, 2, 4], [1, 1, 1, 4, 5, 5]],
    ['1334', [1, 3, 3, 4], [3, 3, 3, 4, 6, 6]],
    ['1223', [1, 2, 2, 3], [1, 1, 1, 2, 3, 3]],
    ['fractional', [1, 2.5, 2.5, 4], [2, 2, 2, 4, 5.5, 5.5]],
  ] as const)('number equal totals as %s shows', (method, four, six) => {
    expect(rank([100, 90, 90, 80], method)).toEqual(four);
    expect(rank([10, 10, 10, 9, 8, 8], method)).toEqual(six);
  });

  test('number nothing for an empty list', () => {
    expect(rank([], '1224')).toEqual([]);
  });

  test('fractional ranks add up as if nobody were equal', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 })), (totals) => {
        const ordered = totals.toSorted((a, b) => b - a);
        const sum = rank(ordered, 'fractional').reduce((a, b) => a + b, 0);
        expect(sum).toBe((ordered.length * (ordered.length + 1)) / 2);
      }),
    );
  });

  test('a part of a ranking is numbered as the whole was', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1 }), fc.nat(), (totals, cut) => {
        const ordered = totals.toSorted((a, b) => b - a);
        const from = cut % ordered.length;
        const better = ordered.filter((total) => total > (ordered[from] ?? 0));
        const start = {
          better: better.length,
          betterDistinct: new Set(better).size,
          equalBefore: from - better.length,
        };
        for (const method of ['1224', '1334', '1223', 'fractional'] as const) {
          const part = rankOrdered(ordered.slice(from), (a, b) => a === b, method, start);
          expect(part).toEqual(rank(ordered, method).slice(from));
        }
      }),
    );
  });
});
