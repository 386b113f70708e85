import { expect, test } from 'vitest';
import { fiveThreeTwo } from './five-three-two.ts';
import { points, predicted } from './testing/points.ts';

// worldcupscorepredictor.co.uk, Scoring: exact 5, goal difference 3, outcome 2, one team's goals 1, advancing team 1.
test.each([
  ['2-1', '2-1', 5],
  ['1-0', '2-1', 3],
  ['1-1', '2-2', 3],
  ['2-1', '2-0', 3],
  ['3-1', '1-0', 2],
  ['2-1', '2-3', 1],
  ['2-1', '1-2', 0],
])('%s pays when %s comes: %d', (prediction, result, expected) => {
  expect(points(fiveThreeTwo, predicted(prediction, result))).toBe(expected);
});

test('the team that advances from a drawn knockout match pays 1 more', () => {
  expect(points(fiveThreeTwo, { ...predicted('1-1', '1-1'), advancing: 2, resultAdvancing: 2 })).toBe(6);
  expect(points(fiveThreeTwo, { ...predicted('1-1', '1-1'), advancing: 1, resultAdvancing: 2 })).toBe(5);
});
