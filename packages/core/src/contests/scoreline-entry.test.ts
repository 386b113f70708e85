import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseBracketEntry } from './bracket-entry.ts';
import { parseConfidenceEntry } from './confidence-entry.ts';
import { parseDrawEntry } from './draw-entry.ts';
import { parseScorelineEntry } from './scoreline-entry.ts';

const rounds = new Map([
  ['m1', 'matchday 1'],
  ['m2', 'matchday 1'],
  ['m3', 'matchday 2'],
]);

test('a good entry is read', () => {
  const json = [
    { match: 'm1', home: 2, away: 1, boosted: true },
    { match: 'm3', home: 0, away: 0 },
  ];
  expect(parseScorelineEntry(json, { rounds, boostersPerRound: 1 })).toEqual({
    ok: true,
    entry: [
      { match: 'm1', home: 2, away: 1, boosted: true },
      { match: 'm3', home: 0, away: 0, boosted: false },
    ],
  });
});

test('every mistake is reported at its field, and only there', () => {
  const json = [
    { match: 'm1', home: 2.5, away: -1, boosted: true },
    { match: 'm1', home: 1, away: 0 },
    { match: 'm2', home: 1, boosted: true },
  ];
  const parsed = parseScorelineEntry(json, { rounds, boostersPerRound: 1 });
  expect(parsed.ok ? [] : parsed.errors.map(({ message }) => message)).toEqual([
    'predictions[0].home must be a whole number from 0 to 99, got 2.5.',
    'predictions[0].away must be a whole number from 0 to 99, got -1.',
    'predictions[1].match: match "m1" is predicted twice.',
    'predictions[2].away is missing; expected a whole number from 0 to 99.',
    'predictions[2].boosted: round "matchday 1" has 1 boosters, this is number 2.',
  ]);
});

test('an entry for a closed match, or of more matches than there are, is refused', () => {
  expect(parseScorelineEntry([{ match: 'm9', home: 1, away: 0 }], { rounds })).toMatchObject({
    errors: [{ field: 'predictions[0].match', code: 'NOT_ALLOWED', value: 'm9' }],
  });
  expect(parseScorelineEntry(new Array(4).fill({}), { rounds })).toMatchObject({
    errors: [{ code: 'LIMIT_EXCEEDED' }],
  });
});

test('no JSON makes an entry parser throw', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      for (const parsed of [
        parseScorelineEntry(json, { rounds }),
        parseConfidenceEntry(json, ['m1', 'm2']),
        parseBracketEntry(json, 4),
        parseDrawEntry(json, ['A', 'B'], ['a', 'b', 'c', 'd']),
      ]) {
        if (!parsed.ok) expect(parsed.errors.every(({ message }) => message.length > 0)).toBe(true);
      }
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('JSON that is nested too deep to be written out again is reported at its field', () => {
  const deep: unknown = JSON.parse('['.repeat(5000) + ']'.repeat(5000));
  const [draw, bracket, pool, scorelines, nothing] = [
    parseDrawEntry({ A: [deep, 'x'] }, ['A'], ['x', 'y']),
    parseBracketEntry([deep], 2),
    parseConfidenceEntry([{ match: deep, pick: deep, confidence: deep }], ['m1']),
    parseScorelineEntry([{ match: deep, home: deep, away: 0, boosted: { deep } }], { rounds }),
    parseDrawEntry({ A: { deep } }, ['A'], ['x', 'y']),
  ].map((parsed) => (parsed.ok ? [] : parsed.errors.map(({ message }) => message)));
  expect(draw).toEqual(['A[0] must be a team of the draw, got an array of 1.']);
  expect(bracket).toEqual(['picks[0] must be a whole number from 1 to 2, got an array of 1.']);
  expect(pool).toHaveLength(4);
  expect(scorelines).toEqual([
    'predictions[0].match must be a match that is open, got an array of 1.',
    'predictions[0].home must be a whole number from 0 to 99, got an array of 1.',
    'predictions[0].boosted must be true or false, got an object.',
  ]);
  expect(nothing).toEqual(['A must be a list of 2, got an object.']);
});

test('a draw entry numbers the teams and reports what is wrong with each group', () => {
  const [groups, teams] = [
    ['A', 'B'],
    ['Iran', 'Wales', 'England', 'USA'],
  ];
  expect(parseDrawEntry({ A: ['USA', 'Iran'], B: ['Wales', 'England'] }, groups, teams)).toEqual({
    ok: true,
    entry: [4, 1, 2, 3],
  });
  const parsed = parseDrawEntry({ A: ['USA', 'USA'], B: ['Peru'], C: [] }, groups, teams);
  expect(parsed.ok ? [] : parsed.errors.map(({ message }) => message)).toEqual([
    'There is no group "C"; groups are A, B.',
    'A[1]: team "USA" is in A[0] already.',
    'B must have 2 elements, got 1.',
  ]);
  expect(parseDrawEntry('{"__proto__": 1}', groups, teams).ok).toBe(false);
});

test('rules of an entry that cannot be are refused', () => {
  expect(() => parseBracketEntry([], 48)).toThrow('A bracket has 2, 4, 8, … teams, got 48.');
  expect(() => parseConfidenceEntry([], ['m1', 'm2', 'm3'], 2)).toThrow(
    'A round may have 2 matches, one for each value, got 3.',
  );
  expect(() => parseDrawEntry({}, ['A', 'B'], ['a', 'b', 'c'])).toThrow('3 teams do not fill 2 groups evenly.');
});
