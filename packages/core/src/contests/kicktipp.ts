import type { Expr, RuleSet } from '../rules/rule-set.ts';

const goals = { type: 'int', min: 0, max: 99 } as const;
const margin: Expr = ['sub', '$home', '$away'];
const resultMargin: Expr = ['sub', '$resultHome', '$resultAway'];
const exact: Expr = ['and', ['eq', '$home', '$resultHome'], ['eq', '$away', '$resultAway']];

/**
 * A predicted scoreline against the real one, by Kicktipp's default table: the exact scoreline 4 points, the goal
 * difference of a win 3, the tendency 2. A draw that is not exact is a tendency: every draw has the same difference.
 *
 * Fields: `home`, `away` (the prediction) and `resultHome`, `resultAway`, each 0 to 99. Tie-break: how many were exact.
 *
 * Source: the "Standard" points rule of kicktipp.com's help.
 */
export const kicktipp: RuleSet = {
  id: 'kicktipp',
  version: 1,
  fields: { home: goals, away: goals, resultHome: goals, resultAway: goals },
  mode: 'first',
  rules: [
    { id: 'exact', label: 'exact scoreline', when: exact, points: 4000 },
    {
      id: 'difference',
      label: 'goal difference',
      when: ['and', ['eq', margin, resultMargin], ['not', ['eq', '$home', '$away']]],
      points: 3000,
    },
    { id: 'tendency', label: 'tendency', when: ['eq', ['sign', margin], ['sign', resultMargin]], points: 2000 },
  ],
  tieBreak: [{ id: 'exactCount', value: ['if', exact, 1, 0] }],
};
