import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rankIntervals } from './rank-intervals.ts';
import { seededRandom } from './seeded-random.ts';

const options = (seed = 1) => ({ random: seededRandom(seed), better: 'more' as const, resamples: 200 });

describe('rank intervals', () => {
  test('are a point where every match says the same', () => {
    const scores = { ann: [3, 3, 3], bob: [2, 2, 2], cid: [2, 2, 2], dan: [0, 0, 0] };
    expect(rankIntervals(scores, options())).toEqual([
      { entrant: 'ann', total: 9, rank: 1, low: 1, high: 1, first: 1 },
      { entrant: 'bob', total: 6, rank: 2, low: 2, high: 2, first: 0 },
      { entrant: 'cid', total: 6, rank: 2, low: 2, high: 2, first: 0 },
      { entrant: 'dan', total: 0, rank: 4, low: 4, high: 4, first: 0 },
    ]);
  });

  test('turn round when less is better', () => {
    const ranked = rankIntervals({ ann: [0.3, 0.2], bob: [0.1, 0.1] }, { ...options(), better: 'less' });
    expect(ranked.map(({ entrant, rank }) => [entrant, rank])).toEqual([
      ['bob', 1],
      ['ann', 2],
    ]);
  });

  test('are wide where one match decided', () => {
    // Bob's lead hangs on one match of four: it is missing from a drawn contest with probability (3/4)^4 = 0.316.
    const [bob, ann] = rankIntervals({ ann: [1, 1, 1, 0], bob: [0, 0, 0, 9] }, { ...options(), resamples: 20_000 });
    expect(bob).toMatchObject({ entrant: 'bob', rank: 1, low: 1, high: 2 });
    expect(1 - (bob?.first ?? 0)).toBeCloseTo(0.75 ** 4, 2);
    expect(ann?.first).toBeCloseTo(0.75 ** 4, 2);
  });

  test('repeat with the seed', () => {
    const random = seededRandom(3);
    const scores = Object.fromEntries(['ann', 'bob', 'cid'].map((name) => [name, Array.from({ length: 20 }, random)]));
    expect(rankIntervals(scores, options(5))).toEqual(rankIntervals(scores, options(5)));
    expect(rankIntervals(scores, options(5))).not.toEqual(rankIntervals(scores, options(6)));
  });

  const table = fc
    .integer({ min: 1, max: 12 })
    .chain((matches) =>
      fc.dictionary(
        fc.string({ minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: matches, maxLength: matches }),
        { minKeys: 1, maxKeys: 6, noNullPrototype: true },
      ),
    );

  test('hold ranks that exist, in order, and do not depend on the order of entrants', () => {
    fc.assert(
      fc.property(table, (scores) => {
        const ranked = rankIntervals(scores, options());
        for (const { low, high, first } of ranked) {
          expect(1 <= low && low <= high && high <= ranked.length).toBe(true);
          expect(low === 1).toBe(first >= 0.025);
        }
        expect(ranked.reduce((sum, { first }) => sum + first, 0)).toBeGreaterThanOrEqual(1 - 1e-9);
        expect(rankIntervals(Object.fromEntries(Object.entries(scores).reverse()), options())).toEqual(ranked);
      }),
    );
  });

  test('never place lower who scores at least as much in every match', () => {
    fc.assert(
      fc.property(table, fc.nat(), (scores, at) => {
        const names = Object.keys(scores);
        const better = names[at % names.length] ?? '';
        const extra = { ...scores, [`${better}+`]: (scores[better] ?? []).map((score) => score + 1) };
        const ranked = new Map(rankIntervals(extra, options()).map((line) => [line.entrant, line]));
        const [more, less] = [ranked.get(`${better}+`), ranked.get(better)];
        expect(more?.low).toBeLessThanOrEqual(less?.low ?? 0);
        expect(more?.high).toBeLessThanOrEqual(less?.high ?? 0);
        expect(more?.first).toBeGreaterThanOrEqual(less?.first ?? 1);
      }),
    );
  });

  test.each([
    [{}, {}, 'Scores need an entrant and a match, got 0 and 0'],
    [{ ann: [] }, {}, 'Scores need an entrant and a match, got 1 and 0'],
    [{ ann: [1, 2], bob: [1] }, {}, 'All entrants have a score per match: ann has 2, bob 1'],
    [{ ann: [1, Number.NaN] }, {}, 'Scores are finite numbers, got null for ann in match 1'],
    [{ ann: [1, null] }, {}, 'Scores are finite numbers, got null for ann in match 1'],
    [{ ann: ['1'] }, {}, 'Scores are finite numbers, got "1" for ann in match 0'],
    [{ ann: [1, 2] }, { resamples: 99 }, 'The number of resamples is from 100 to 100000, got 99'],
    [Object.fromEntries(Array.from({ length: 600 }, (_, i) => [i, [1]])), { resamples: 100_000 }, 'ranks: draw fewer'],
    [{ ann: [1, 2] }, { level: 1 }, 'The level is above 0 and below 1, got 1'],
    [{ ann: [1, 2] }, { random: () => 1 }, 'Random numbers are from 0 to below 1, got 1'],
    [
      { ann: new Array<number>(100_000).fill(1) },
      { resamples: 50_000 },
      '50000 resamples of 1 entrants and 100000 matches are more than',
    ],
  ])('refuse %j with %j', (scores, wrong, message) => {
    expect(() => rankIntervals(JSON.parse(JSON.stringify(scores)), { ...options(), ...wrong })).toThrow(message);
  });
});
