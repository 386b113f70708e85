import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillBracket } from './bracket.ts';
import { seededBracket } from './seeded-bracket.ts';

/** Plays a bracket in which the better seed always wins. */
function play(entrants: number) {
  const bracket = seededBracket(entrants);
  const seeds = Array.from({ length: entrants }, (_, i) => String(i + 1));
  const results: Record<number, { normalTime: [number, number] }> = {};
  for (const { number } of bracket.matches) {
    const open = fillBracket(bracket, { seeds, results }).find((match) => match.number === number);
    results[number] = { normalTime: Number(open?.home) < Number(open?.away) ? [1, 0] : [0, 1] };
  }
  return fillBracket(bracket, { seeds, results });
}

describe('a bracket by seeds', () => {
  test('of eight pairs 1-8 4-5 2-7 3-6', () => {
    const first = seededBracket(8).matches.filter(({ round }) => round === 'Quarter-final');
    expect(first.map(({ home, away }) => `${home} ${away}`)).toEqual(['#1 #8', '#4 #5', '#2 #7', '#3 #6']);
  });

  test('of six gives the first two a bye', () => {
    expect(seededBracket(6).matches.map(({ round, home, away }) => `${round}: ${home} ${away}`)).toEqual([
      'Quarter-final: #4 #5',
      'Quarter-final: #3 #6',
      'Semi-final: #1 W1',
      'Semi-final: #2 W2',
      'Final: W3 W4',
    ]);
  });

  test('has one match less than entrants, and keeps the best apart: without upsets round r joins the best 2^r', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), (entrants) => {
        const played = play(entrants);
        expect(played).toHaveLength(entrants - 1);
        expect(played.at(-1)).toMatchObject({ round: 'Final', winner: '1', loser: '2' });
        const semi = played.filter(({ round }) => round === 'Semi-final').flatMap(({ home, away }) => [home, away]);
        if (entrants >= 4) expect(semi.sort()).toEqual(['1', '2', '3', '4']);
      }),
      { numRuns: 30 },
    );
  });

  test.each([0, 1, 1025, 2.5, Number.NaN])('has 2 to 1024 entrants, not %s', (entrants) => {
    expect(() => seededBracket(entrants)).toThrow(`A bracket has 2 to 1024 entrants, got ${entrants}`);
  });
});
