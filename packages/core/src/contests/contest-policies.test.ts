import { expect, test } from 'vitest';
import { scoreReasons, toFunction } from '../rules/index.ts';
import {
  type ContestPolicies,
  defaultPolicies,
  fillMissing,
  joiningPoints,
  settle,
  settleRound,
  withMatchStatus,
} from './contest-policies.ts';
import { crowdPercentage } from './crowd-percentage.ts';
import { MATCH_STATUSES, type MatchResult } from './match-result.ts';
import { points, predicted } from './testing/points.ts';
import { threeOne } from './three-one.ts';

const policies = (changes: Partial<ContestPolicies>): ContestPolicies => ({ ...defaultPolicies, ...changes });
const broken: MatchResult = { status: 'abandoned', normalTime: [1, 0] };
const scored = { type: 'score', scoreline: [1, 0] };

test.each([
  ['void', { type: 'void' }],
  ['score', scored],
  ['wait', { type: 'open', repick: false }],
] as const)('an abandoned match under the policy %s', (abandoned, expected) => {
  expect(settle(broken, policies({ abandoned }))).toEqual(expected);
});

test.each([
  ['void', { type: 'void' }],
  ['keep', { type: 'open', repick: false }],
  ['repick', { type: 'open', repick: true }],
] as const)('a postponed match under the policy %s', (postponed, expected) => {
  expect(settle({ status: 'postponed' }, policies({ postponed }))).toEqual(expected);
});

test('an awarded match is void, or scored with what was awarded', () => {
  const awarded: MatchResult = { status: 'awarded', normalTime: [3, 0] };
  expect(settle(awarded, defaultPolicies)).toEqual({ type: 'void' });
  expect(settle(awarded, policies({ awarded: 'score' }))).toEqual({ type: 'score', scoreline: [3, 0] });
});

// The World Cup final of 2022: 2-2 after 90 minutes, 3-3 after 120, 4-2 on penalties (openfootball/worldcup.json).
test.each([
  ['normalTime', [2, 2]],
  ['extraTime', [3, 3]],
  ['shootout', [7, 5]],
] as const)('the final of 2022 is scored on the goal basis %s as %j', (goalBasis, scoreline) => {
  const final: MatchResult = { status: 'played', normalTime: [2, 2], extraTime: [3, 3], shootout: [4, 2] };
  expect(settle(final, policies({ goalBasis }))).toEqual({ type: 'score', scoreline });
});

test('a match that should be scored but has no scoreline stays open', () => {
  expect(settle({ status: 'played' }, defaultPolicies)).toEqual({ type: 'open', repick: false });
});

test('a round is void when six of its matches are (whu606)', () => {
  const played: MatchResult = { status: 'played', normalTime: [1, 0] };
  const round = (void_: number) =>
    Array.from({ length: 20 }, (_, i) => (i < void_ ? ({ status: 'cancelled' } as const) : played));
  const week = policies({ voidRoundFrom: 6 });
  expect(settleRound(round(5), week).filter(({ type }) => type === 'void')).toHaveLength(5);
  expect(settleRound(round(6), week).filter(({ type }) => type === 'void')).toHaveLength(20);
});

test.each([
  ['zero', 0],
  ['lowest', 3000],
  ['average', 5333],
  ['reject', undefined],
] as const)('a late joiner under the policy %s starts with %d', (lateJoiner, expected) => {
  expect(joiningPoints([8000, 3000, 5000], policies({ lateJoiner }))).toBe(expected);
});

test('missing predictions become 0-0 until that has been right twice', () => {
  const nil = [0, 0] as const;
  const results = [nil, nil, nil, [1, 0] as const];
  const filled = fillMissing(
    [null, [2, 1], null, null],
    results,
    policies({ missing: { scoreline: nil, mostHits: 2 } }),
    () => 0,
  );
  expect(filled).toEqual([nil, [2, 1], nil, null]);
});

test('missing predictions are drawn from the random numbers that are passed in', () => {
  const numbers = [0, 0.5, 0.999];
  const drawn = fillMissing([null, null, null], [], policies({ missing: 'random' }), () => numbers.shift() ?? 0);
  expect(drawn).toEqual([
    [0, 0],
    [2, 2],
    [4, 4],
  ]);
  expect(() => fillMissing([null], [], policies({ missing: 'random' }), () => 1)).toThrow(
    'random() must be from 0 up to 1, got 1.',
  );
  expect(fillMissing([null], [], defaultPolicies, () => 0)).toEqual([null]);
});

// FIFA's predictor: "brought forward, abandoned or postponed it shall be declared null and void and no points".
test('a row of a void match gets the reason void, and no points', () => {
  const ruleSet = withMatchStatus(crowdPercentage, defaultPolicies);
  const row = { ...predicted('1-0', '1-0'), picked: 10, poolTotal: 100 };
  expect(points(ruleSet, { ...row, status: 'played' })).toBe(90);
  for (const status of MATCH_STATUSES.filter((one) => one !== 'played')) {
    const { milli, reason } = toFunction(ruleSet).score({ ...row, status });
    expect([status, milli, scoreReasons(ruleSet)[reason]?.kind]).toEqual([status, null, 'void']);
  }
});

test('policies that score abandoned and awarded matches do', () => {
  const ruleSet = withMatchStatus(threeOne, policies({ abandoned: 'score', awarded: 'score' }));
  expect(points(ruleSet, { ...predicted('1-0', '1-0'), status: 'abandoned' })).toBe(3);
  expect(points(ruleSet, { ...predicted('1-0', '1-0'), status: 'awarded' })).toBe(3);
});

test('a missing prediction earns nothing, or no score, as the policy says', () => {
  const row = { ...predicted('1-0', '1-0'), home: null, status: 'played' };
  expect(toFunction(withMatchStatus(threeOne, defaultPolicies)).score(row).milli).toBe(0);
  expect(toFunction(withMatchStatus(threeOne, policies({ missing: 'reject' }))).score(row).milli).toBeNull();
});
