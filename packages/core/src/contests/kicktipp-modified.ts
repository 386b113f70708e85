import type { RuleSet } from '../rules/index.ts';
import { drawn, exact, exactCount, homeWon, sameDifference, sameOutcome, scorelineFields } from './scoreline.ts';

/**
 * Kicktipp's recommended table against always predicting home wins: outcome, goal difference, exact scoreline pay 2, 3, 4
 * for a home win, 4, –, 6 for a draw, 4, 5, 6 for an away win. Source: kicktipp.at, help, "Modified 9".
 */
export const kicktippModified: RuleSet = {
  id: 'kicktipp-modified',
  version: 1,
  mode: 'first',
  fields: scorelineFields,
  rules: [
    { id: 'exact', when: exact, points: ['if', homeWon, 4000, 6000], label: 'Exact scoreline' },
    {
      id: 'difference',
      when: ['and', sameDifference, ['not', drawn]],
      points: ['if', homeWon, 3000, 5000],
      label: 'Goal difference',
    },
    { id: 'outcome', when: sameOutcome, points: ['if', homeWon, 2000, 4000], label: 'Outcome' },
  ],
  tieBreak: [exactCount],
};
