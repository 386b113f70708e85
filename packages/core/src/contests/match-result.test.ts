import { expect, test } from 'vitest';
import { advancing, type MatchResult, scorelineOn } from './match-result.ts';

const score = (home: number, away: number) => ({ home, away });

// The World Cup final of 2022: 2-2 after 90 minutes, 3-3 after 120, 4-2 on penalties (openfootball/worldcup.json).
const final: MatchResult = {
  status: 'played',
  regulation: score(2, 2),
  extraTime: score(3, 3),
  penalties: score(4, 2),
};

test('each goal basis counts its own goals', () => {
  expect(scorelineOn('regulation', final)).toEqual(score(2, 2));
  expect(scorelineOn('extraTime', final)).toEqual(score(3, 3));
  expect(scorelineOn('penalties', final)).toEqual(score(7, 5));
});

test('a match without extra time is the same on every basis', () => {
  const plain: MatchResult = { status: 'played', regulation: score(2, 1) };
  for (const basis of ['regulation', 'extraTime', 'penalties'] as const)
    expect(scorelineOn(basis, plain)).toEqual(score(2, 1));
});

test('penalties straight after 90 minutes count on their own basis', () => {
  const cup: MatchResult = { status: 'played', regulation: score(1, 1), penalties: score(3, 4) };
  expect(scorelineOn('extraTime', cup)).toEqual(score(1, 1));
  expect(scorelineOn('penalties', cup)).toEqual(score(4, 5));
  expect(advancing(cup)).toBe('away');
});

test('who advances is known when the match is decided', () => {
  expect(advancing(final)).toBe('home');
  expect(advancing({ status: 'played', regulation: score(0, 0) })).toBeUndefined();
  expect(advancing({ status: 'scheduled' })).toBeUndefined();
});
