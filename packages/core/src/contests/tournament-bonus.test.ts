import { expect, test } from 'vitest';
import { points } from './testing/points.ts';
import { groupBonus, groupOrder, stageBonus } from './tournament-bonus.ts';

const result = { resultFirst: 1, resultSecond: 2, resultThird: 3 };

// soccer-match.co.uk: group winner 8, runner-up 8, swapped 4, third 4, quarter-finalist to winner 8 each.
test.each([
  [1, 2, 3, 20],
  [1, 2, 4, 16],
  [2, 1, 3, 12],
  [2, 4, 3, 8],
  [1, 3, 4, 8],
  [4, 3, 2, 0],
])('teams %d, %d, %d predicted for a group that ends 1, 2, 3 pay %d', (first, second, third, expected) => {
  expect(points(groupBonus, { first, second, third, ...result })).toBe(expected);
});

test('a team pays that gets as far as predicted, or farther', () => {
  expect(points(stageBonus, { stage: 2, reached: 2 })).toBe(8);
  expect(points(stageBonus, { stage: 2, reached: 4 })).toBe(8);
  expect(points(stageBonus, { stage: 2, reached: 1 })).toBe(0);
});

// allinone: order exact 15, the two qualifiers in order 10, in the wrong order 5.
test.each([
  [[1, 2, 3, 4], 15],
  [[1, 2, 4, 3], 10],
  [[2, 1, 3, 4], 5],
  [[1, 3, 2, 4], 0],
])('order %j of a group that ends 1, 2, 3, 4 pays %d', (order, expected) => {
  expect(points(groupOrder, { order, resultOrder: [1, 2, 3, 4] })).toBe(expected);
});
