import type { Expr, RuleSet } from '../rules/index.ts';

const margin = { type: 'int', min: -999, max: 999 } as const;
const distance: Expr = ['abs', ['sub', '$margin', '$resultMargin']];
const sameWinner: Expr = ['eq', ['sign', '$margin'], ['sign', '$resultMargin']];

/**
 * Winner 1, margin within 5 of the real one 0.5 (also when the other team won), and 1 for the closest margin of all who
 * have the right winner; the closest share it, down to 0.25 each. Source: Superbru, scoring system of its rugby contests.
 *
 * A margin is signed: positive for the home team, 0 for a draw. `closest` and `closestSharers` come from
 * {@link closestPicks}. `marginError` is 0, the best there is, for a margin that is missing under the policy `missing: 'zero'`.
 */
export const marginContest: RuleSet = {
  id: 'margin',
  version: 1,
  mode: 'sum',
  fields: {
    margin,
    resultMargin: margin,
    closest: { type: 'int', min: 0, max: 1998, optional: true },
    closestSharers: { type: 'int', min: 0, max: 10_000_000 },
  },
  rules: [
    { id: 'winner', when: sameWinner, points: 1000, label: 'Winner' },
    { id: 'margin', when: ['le', distance, 5], points: 500, label: 'Margin within 5' },
    {
      id: 'closest',
      when: ['and', sameWinner, ['eq', distance, ['else', '$closest', -1]]],
      points: ['max', 250, ['div', 1000, ['max', '$closestSharers', 1], 'floor']],
      label: 'Closest margin',
    },
  ],
  tieBreak: [{ id: 'marginError', value: distance, order: 'asc' }],
};

const count = { type: 'int', min: 0, max: 100 } as const;

/** One point for a round in which every winner was predicted; an entrant who left a match out cannot have it. Source: Superbru. */
export const grandSlam: RuleSet = {
  id: 'grand-slam',
  version: 1,
  mode: 'first',
  fields: { correct: count, matches: { ...count, min: 1 } },
  rules: [{ id: 'grandSlam', when: ['eq', '$correct', '$matches'], points: 1000, label: 'All winners of the round' }],
};
