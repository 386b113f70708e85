import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fifa2026Bracket } from './data/fifa-2026-bracket.ts';
import { thirdPlacePairings } from './third-place-pairings.ts';

describe('the 495 pairings of third-placed teams (World Cup 2026, Annex C)', () => {
  const choices = choose([...'ABCDEFGHIJKL'], 8).map((groups) => groups.join(''));
  const slots = new Map(fifa2026Bracket.matches.map(({ home, away }) => [home, away]));

  test('use each qualified group once, and only in slots that the regulations allow it', () => {
    expect(choices).toHaveLength(495);
    for (const groups of choices) {
      const pairings = Object.entries(thirdPlacePairings(groups));
      expect(
        pairings
          .map(([, group]) => group)
          .sort()
          .join(''),
      ).toBe(groups);
      for (const [winner, group] of pairings) expect(slots.get(winner)?.slice(1)).toContain(group);
    }
  });

  test('are the ones of the annex, row by row', () => {
    const rows = choices.map((groups) => `${groups} ${Object.values(thirdPlacePairings(groups)).join('')}`);
    // Digest of the same lines made from a transcript of the annex (third-placed-pairings.csv).
    expect(createHash('sha256').update(rows.join('\n')).digest('hex')).toBe(
      '7912274d37a87c2cddb2fde5e3222133d785f21d3528e3bc8cd6ea161426604d',
    );
  });

  test.each([
    // The row of the real tournament, and the first, a middle and the last one of the annex.
    ['BDEFIJKL', 'EJBDIFLK'],
    ['ABCDEFGH', 'HGBCAFDE'],
    ['ABCDFGHL', 'CGBDAFLH'],
    ['EFGHIJKL', 'EJIFHGLK'],
  ])('%s: the opponents of 1A 1B 1D 1E 1G 1I 1K 1L are %s', (groups, opponents) => {
    expect(Object.values(thirdPlacePairings(groups)).join('')).toBe(opponents);
    expect(thirdPlacePairings([...groups].reverse().join(''))).toEqual(thirdPlacePairings(groups));
  });

  test.each(['', 'ABCDEFG', 'ABCDEFGHI', 'ABCDEFGG', 'ABCDEFGM', 'abcdefgh'])(
    '"%s" is no choice of eight',
    (groups) => {
      expect(() => thirdPlacePairings(groups)).toThrow(expect.objectContaining({ code: 'INVALID_PAIRING' }));
    },
  );
});

function choose(from: readonly string[], count: number): string[][] {
  const [first, ...rest] = from;
  if (count === 0) return [[]];
  if (first === undefined) return [];
  return [...choose(rest, count - 1).map((others) => [first, ...others]), ...choose(rest, count)];
}
