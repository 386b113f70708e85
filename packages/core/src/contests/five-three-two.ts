import type { RuleSet } from '../rules/index.ts';
import { exact, exactCount, oneTeamsGoals, sameDifference, sameOutcome, scorelineFields } from './scoreline.ts';

const side = { type: 'int', min: 1, max: 2, optional: true } as const;

/**
 * Exact scoreline 5, else goal difference 3, else outcome 2; 1 more for one team's goals when the scoreline is not exact,
 * and 1 more for the team that advances from a knockout match. Source: worldcupscorepredictor.co.uk, Scoring.
 *
 * `advancing` is the team picked to advance, 1 home or 2 away; leave both it and its result out of group matches.
 */
export const fiveThreeTwo: RuleSet = {
  id: 'five-three-two',
  version: 1,
  mode: 'sum',
  fields: { ...scorelineFields, advancing: side, resultAdvancing: side },
  rules: [
    { id: 'exact', when: exact, points: 5000, label: 'Exact scoreline' },
    { id: 'difference', when: ['and', sameDifference, ['not', exact]], points: 3000, label: 'Goal difference' },
    { id: 'outcome', when: ['and', sameOutcome, ['not', sameDifference]], points: 2000, label: 'Outcome' },
    { id: 'oneTeamsGoals', when: oneTeamsGoals, points: 1000, label: "One team's goals" },
    {
      id: 'advancing',
      when: ['eq', ['else', '$advancing', -1], ['else', '$resultAdvancing', -2]],
      points: 1000,
      label: 'Team that advances',
    },
  ],
  tieBreak: [exactCount],
};
