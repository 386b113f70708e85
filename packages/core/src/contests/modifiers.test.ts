import { expect, test } from 'vitest';
import { withJoker, withStageMultiplier } from './modifiers.ts';
import { points, predicted } from './testing/points.ts';
import { threeOne } from './three-one.ts';

const exact = predicted('2-1', '2-1');

test('the joker doubles', () => {
  expect(points(withJoker(threeOne), { ...exact, joker: true })).toBe(6);
  expect(points(withJoker(threeOne), { ...exact, joker: false })).toBe(3);
});

// allinone: stage multipliers 1, 2, 3, 4, 5.
test.each([1, 2, 3, 4, 5])('stage %d multiplies by its number', (stage) => {
  expect(points(withStageMultiplier(threeOne, [1, 2, 3, 4, 5]), { ...exact, stage })).toBe(3 * stage);
});

test('modifiers apply in the order in which they were added', () => {
  const both = withStageMultiplier(withJoker(threeOne), [1, 1.5]);
  expect(both.modifiers?.map(({ id }) => id)).toEqual(['joker', 'stage']);
  expect(points(both, { ...exact, joker: true, stage: 2 })).toBe(9);
});
