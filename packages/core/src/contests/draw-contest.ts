import type { Expr, RuleSet } from '../rules/rule-set.ts';

const GROUPS: readonly number[] = Array.from({ length: 12 }, (_, group) => group + 1);
const right = (group: number): string => `$right${group}`;

/** Whether all four teams predicted for the group of the marked team belong there. */
const markedGroup: Expr = [
  'or',
  ...GROUPS.map((group): Expr => ['and', ['eq', ['at', '$groupOf', '$marked'], group], ['eq', right(group), 4]]),
];

/**
 * The prediction of a whole draw: which of 48 teams goes to which of 12 groups of four. The order inside a group means
 * nothing. The first that holds pays: no team misplaced 100, two 80, three 60, the whole group of the marked team 50,
 * any whole group 40, three of any group 20.
 *
 * Fields: `teams`, the 48 team numbers in predicted order, group A's four first; `groupOf`, the true group (1 to 12) of
 * team number 1, 2, …; `marked`, the team number that the 50-point rule is about. Tie-break: how many teams are in
 * their right group.
 */
export const drawContest: RuleSet = {
  id: 'draw-contest',
  version: 1,
  fields: {
    teams: { type: 'ints', length: 48, min: 1, max: 48, distinct: true },
    groupOf: { type: 'ints', length: 48, min: 1, max: 12 },
    marked: { type: 'int', min: 1, max: 48 },
  },
  define: [
    { id: 'placed', value: ['at', '$groupOf', '$teams'] },
    ...GROUPS.map((group) => ({
      id: `right${group}`,
      value: ['agree', '$placed', ['ints', ...GROUPS.flatMap((g) => [g, g, g, g])], group * 4 - 3, group * 4] as Expr,
    })),
    { id: 'placedRight', value: ['add', ...GROUPS.map(right)] },
    { id: 'bestGroup', value: ['max', ...GROUPS.map(right)] },
  ],
  mode: 'first',
  rules: [
    { id: 'ALL_CORRECT', label: 'all 48 teams', when: ['eq', '$placedRight', 48], points: 100_000 },
    { id: 'TWO_MISPLACED', label: 'two teams misplaced', when: ['eq', '$placedRight', 46], points: 80_000 },
    { id: 'THREE_MISPLACED', label: 'three teams misplaced', when: ['eq', '$placedRight', 45], points: 60_000 },
    { id: 'MARKED_GROUP', label: "the marked team's whole group", when: markedGroup, points: 50_000 },
    { id: 'PERFECT_GROUP', label: 'a whole group', when: ['eq', '$bestGroup', 4], points: 40_000 },
    { id: 'THREE_CORRECT', label: 'three of a group', when: ['le', 3, '$bestGroup'], points: 20_000 },
  ],
  tieBreak: [{ id: 'placed', value: '$placedRight' }],
};
