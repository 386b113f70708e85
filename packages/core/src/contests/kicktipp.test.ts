import { expect, test } from 'vitest';
import { toFunction } from '../rules/index.ts';
import { kicktipp } from './kicktipp.ts';

const score = toFunction(kicktipp);
const points = (prediction: string, result: string): number | null => {
  const [home, away] = prediction.split('-').map(Number);
  const [resultHome, resultAway] = result.split('-').map(Number);
  return score.score({ home, away, resultHome, resultAway }).milli;
};

// The table of kicktipp.com's help page: a win 2, 3 or 4, a draw 2 or 4.
test.each([
  ['2-1', '2-1', 4000],
  ['3-2', '2-1', 3000],
  ['1-2', '0-1', 3000],
  ['3-0', '2-1', 2000],
  ['1-1', '1-1', 4000],
  ['1-1', '2-2', 2000],
  ['0-0', '3-3', 2000],
  ['2-1', '1-2', 0],
  ['1-1', '2-1', 0],
  ['2-1', '0-0', 0],
])('predicting %s when it ends %s pays %i thousandths', (prediction, result, milli) => {
  expect(points(prediction, result)).toBe(milli);
});

test('counts exact scorelines as the tie-break', () => {
  expect(score.score({ home: 2, away: 1, resultHome: 2, resultAway: 1 })).toEqual({
    milli: 4000,
    fired: 1n,
    reason: 0,
    ties: [1],
  });
  expect(score.score({ home: 3, away: 2, resultHome: 2, resultAway: 1 })).toEqual({
    milli: 3000,
    fired: 2n,
    reason: 0,
    ties: [0],
  });
});
