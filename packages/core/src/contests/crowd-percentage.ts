import type { RuleSet } from '../rules/index.ts';
import { crowdFields, exactCount, sameOutcome, scorelineFields } from './scoreline.ts';

/**
 * The right outcome pays 100 minus the percentage of entrants who picked it, to a thousandth of a point. Source: FIFA's
 * (McDonald's) predictor, help on scoring: 10 % of the players picked it, 90 points. That game declares a match that is
 * abandoned, postponed or brought forward void: add {@link withMatchStatus}.
 *
 * `picked` and `poolTotal` come from a {@link crowdSnapshot} of outcomes.
 */
export const crowdPercentage: RuleSet = {
  id: 'crowd-percentage',
  version: 1,
  mode: 'first',
  fields: { ...scorelineFields, ...crowdFields },
  rules: [
    {
      id: 'outcome',
      when: sameOutcome,
      points: [
        'max',
        0,
        [
          'min',
          100_000,
          ['div', ['mul', 100_000, ['sub', '$poolTotal', '$picked']], ['max', '$poolTotal', 1], 'half-up'],
        ],
      ],
      label: 'Outcome, 100 minus the percentage that picked it',
    },
  ],
  tieBreak: [exactCount],
};
