import type { RuleSet } from '../rules/index.ts';
import { exact, exactCount, oneTeamsGoals, sameOutcome, scorelineFields } from './scoreline.ts';

/**
 * Exact scoreline 50, outcome and one team's goals 30, outcome 20, one team's goals 10. A doubled prediction pays twice
 * when it earns 30 or 50, and otherwise costs 20. Source: plpredictions.com, rules.
 */
export const doubleOrDeduct: RuleSet = {
  id: 'double-or-deduct',
  version: 1,
  mode: 'first',
  fields: { ...scorelineFields, doubled: { type: 'bool' } },
  rules: [
    { id: 'exact', when: exact, points: 50_000, label: 'Exact scoreline' },
    {
      id: 'outcomeAndGoals',
      when: ['and', sameOutcome, oneTeamsGoals],
      points: 30_000,
      label: "Outcome and one team's goals",
    },
    { id: 'outcome', when: sameOutcome, points: 20_000, label: 'Outcome' },
    { id: 'goals', when: oneTeamsGoals, points: 10_000, label: "One team's goals" },
  ],
  modifiers: [
    {
      id: 'doubleOrDeduct',
      value: ['if', '$doubled', ['if', ['le', 30_000, '$base'], ['mul', 2, '$base'], -20_000], '$base'],
      label: 'Double or deduct',
    },
  ],
  tieBreak: [exactCount],
};
