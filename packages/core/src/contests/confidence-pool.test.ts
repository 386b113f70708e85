import { expect, test } from 'vitest';
import { toFunction } from '../rules/index.ts';
import { parseConfidenceEntry } from './confidence-entry.ts';
import { confidencePool } from './confidence-pool.ts';
import { points } from './testing/points.ts';

const matches = (count: number): string[] => Array.from({ length: count }, (_, i) => `m${i}`);
const picks = (count: number) => matches(count).map((match, i) => ({ match, pick: 1 + (i % 2), confidence: 16 - i }));

// The usual rules of confidence pools: values 1 to 16 once each, 136 at most; 3 to 16 for 14 matches, 133.
test.each([
  [16, 136],
  [14, 133],
])('a perfect round of %d matches pays %d', (count, expected) => {
  const entry = parseConfidenceEntry(picks(count), matches(count));
  expect(entry.ok).toBe(true);
  const total = picks(count).reduce((sum, pick) => sum + points(confidencePool, { ...pick, winner: pick.pick }), 0);
  expect(total).toBe(expected);
});

test('a wrong winner and a draw pay nothing', () => {
  expect(points(confidencePool, { pick: 1, winner: 2, confidence: 16 })).toBe(0);
  expect(points(confidencePool, { pick: 1, winner: 0, confidence: 16 })).toBe(0);
});

test('the distance from the total of the last match is the tie-break', () => {
  const row = { pick: 1, winner: 1, confidence: 3 };
  expect(toFunction(confidencePool).score({ ...row, lastTotal: 41, resultLastTotal: 44 }).ties).toEqual([3]);
  expect(toFunction(confidencePool).score(row).ties).toEqual([0]);
});

test('leaving the guess out was as good as a perfect guess', () => {
  const row = { pick: 1, winner: 1, confidence: 16 };
  const error = (lastTotal: number | null, resultLastTotal: number): number =>
    toFunction(confidencePool).score({ ...row, lastTotal, resultLastTotal }).ties[0] ?? 0;
  expect(error(44, 44)).toBe(0);
  for (const resultLastTotal of [0, 44, 999]) {
    for (const guess of [0, 43, 999])
      expect(error(null, resultLastTotal)).toBeGreaterThan(error(guess, resultLastTotal));
  }
});

test('every mistake of an entry is reported at its field', () => {
  const entry = [
    { match: 'm0', pick: 1, confidence: 16 },
    { match: 'm0', pick: 2, confidence: 16 },
    { match: 'nowhere', pick: 3, confidence: 13 },
    null,
  ];
  const parsed = parseConfidenceEntry(entry, matches(3));
  expect(parsed.ok ? [] : parsed.errors.map(({ field, code }) => `${field} ${code}`)).toEqual([
    'picks[1].match DUPLICATE',
    'picks[1].confidence DUPLICATE',
    'picks[2].match NOT_ALLOWED',
    'picks[2].pick OUT_OF_RANGE',
    'picks[2].confidence OUT_OF_RANGE',
    'picks[3].match NOT_ALLOWED',
    'picks[3].pick MISSING',
    'picks[3].confidence MISSING',
    'picks MISSING',
    'picks MISSING',
  ]);
  expect(parsed.ok ? '' : parsed.errors[1]?.message).toBe(
    'picks[1].confidence: 16 is used by picks[0] already; each value from 14 to 16 is used once.',
  );
});
