import { expect, test } from 'vitest';
import { points, predicted } from './testing/points.ts';
import { uefaPredictor } from './uefa-predictor.ts';

const crowd = { picked: 50, poolTotal: 100, boosted: false, stage: 1 };

// UEFA EURO 2024 Match Predictor, rules as quoted on forumkeralam: outcome 3, goals 2 + 2, goal difference 3.
test.each([
  ['2-1', '2-1', 10],
  ['2-1', '3-2', 6],
  ['2-1', '1-0', 6],
  ['1-1', '2-2', 6],
  ['2-1', '2-0', 5],
  ['0-1', '2-1', 2],
  ['2-1', '1-2', 0],
])('%s pays when %s comes, without scorers: %d', (prediction, result, expected) => {
  expect(points(uefaPredictor, { ...predicted(prediction, result), ...crowd })).toBe(expected);
});

test('first scorer and first team pay 8 and 2, and a prediction left out is not one that nobody scores', () => {
  const scorers = { firstScorer: 10, resultFirstScorer: 10, firstTeam: 1, resultFirstTeam: 1 };
  expect(points(uefaPredictor, { ...predicted('2-1', '2-1'), ...crowd, ...scorers })).toBe(20);
  expect(points(uefaPredictor, { ...predicted('0-0', '0-0'), ...crowd, firstScorer: 0, resultFirstScorer: 0 })).toBe(
    18,
  );
  expect(points(uefaPredictor, { ...predicted('0-0', '0-0'), ...crowd, resultFirstScorer: 0 })).toBe(10);
});

test('an exact scoreline pays 5 more when fewer than a tenth picked it', () => {
  expect(points(uefaPredictor, { ...predicted('2-1', '2-1'), ...crowd, picked: 9 })).toBe(15);
  expect(points(uefaPredictor, { ...predicted('2-1', '2-1'), ...crowd, picked: 10 })).toBe(10);
  expect(points(uefaPredictor, { ...predicted('2-1', '3-2'), ...crowd, picked: 9 })).toBe(6);
});

test.each([
  [1, 20],
  [2, 20],
  [3, 30],
  [4, 40],
  [5, 50],
])('a booster in stage %d makes 10 points %d', (stage, expected) => {
  expect(points(uefaPredictor, { ...predicted('2-1', '2-1'), ...crowd, boosted: true, stage })).toBe(expected);
});
