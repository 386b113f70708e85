import { expect, test } from 'vitest';
import { oddsPoints, oddsPointsPlus } from './odds-points.ts';
import { points, predicted } from './testing/points.ts';

// predictionsleague.com: 1/5 pays 1.2, 4/1 pays 5, 8/1 pays 9.
test.each([
  [1200, 1.2],
  [5000, 5],
  [9000, 9],
])('the right outcome at decimal odds of %d thousandths pays %d', (oddsMilli, expected) => {
  expect(points(oddsPoints, { ...predicted('1-0', '2-0'), oddsMilli })).toBe(expected);
  expect(points(oddsPoints, { ...predicted('0-1', '2-0'), oddsMilli })).toBe(0);
});

// fussspool: 3.0 times the odds, exact scoreline 6, over or under 2.5 goals 2.5, qualifier 15.
test.each([
  ['2-1', '2-1', {}, 3 * 1.85 + 6 + 2.5],
  ['2-1', '1-0', {}, 3 * 1.85],
  ['2-1', '1-2', {}, 2.5],
  ['1-1', '1-1', { advancing: 1, resultAdvancing: 1 }, 3 * 1.85 + 6 + 2.5 + 15],
])('%s pays when %s comes, at odds of 1.85', (prediction, result, knockout, expected) => {
  expect(points(oddsPointsPlus, { ...predicted(prediction, result), oddsMilli: 1850, ...knockout })).toBeCloseTo(
    expected,
    9,
  );
});
