import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explain, scoreReasons, toFunction } from '../rules/index.ts';
import { drawContest } from './draw-contest.ts';
import { GOLDENS, GROUP_OF, numberOf, predicted } from './testing/world-cup-2026.ts';

const scorer = toFunction(drawContest);
const marked = numberOf('Iran');
const score = (teams: readonly unknown[]) => scorer.score({ teams, groupOf: GROUP_OF, marked });

// Goldens computed with independent code on the real draw.
test.each(GOLDENS)('%s', (_, teams, points, placed) => {
  expect(score(teams)).toMatchObject({ milli: points * 1000, reason: 0, ties: [placed] });
});

test('never finds exactly one team misplaced, and is a permutation or refused', () => {
  const order = fc.shuffledSubarray(predicted(), { minLength: 48 });
  fc.assert(fc.property(order, (teams) => score(teams).ties[0] !== 47));
});

test.each([
  ['a team twice', [...predicted().slice(1), predicted()[1]], 'duplicate'],
  ['47 teams', predicted().slice(1), 'length'],
  ['a team that does not exist', [49, ...predicted().slice(1)], 'above'],
  ['an empty place', [null, ...predicted().slice(1)], 'hole'],
  ['nothing', undefined, 'missing'],
])('refuses %s', (_, teams, kind) => {
  const { reason, milli } = scorer.score({ teams, groupOf: GROUP_OF, marked });
  expect([milli, scoreReasons(drawContest)[reason]]).toEqual([null, { code: reason, kind, field: 'teams' }]);
});

test('explains how far every rule was missed', () => {
  const { rules, sentence } = explain(drawContest, {
    teams: predicted(['Mexico', 'Canada']),
    groupOf: GROUP_OF,
    marked,
  });
  expect(rules.map(({ id, holds, fired }) => [id, holds, fired])).toEqual([
    ['ALL_CORRECT', false, false],
    ['TWO_MISPLACED', true, true],
    ['THREE_MISPLACED', false, false],
    ['MARKED_GROUP', true, false],
    ['PERFECT_GROUP', true, false],
    ['THREE_CORRECT', true, false],
  ]);
  expect(rules[0]?.missing).toEqual([{ wanted: 'placedRight is 48', actual: 46, expected: 48, by: 2 }]);
  expect(sentence).toContain('80 points: "two teams misplaced" fired');
});
