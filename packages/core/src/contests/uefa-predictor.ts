import type { RuleSet } from '../rules/index.ts';
import {
  awayGoals,
  crowdFields,
  exact,
  exactCount,
  homeGoals,
  sameDifference,
  sameOutcome,
  scorelineFields,
} from './scoreline.ts';

const player = { type: 'int', min: 0, max: 1_000_000_000, optional: true } as const;
const side = { type: 'int', min: 0, max: 2, optional: true } as const;

/**
 * The match predictor of UEFA EURO 2024: outcome 3, goals of each team 2, goal difference 3, first scorer 8, first team to
 * score 2, and 5 for an exact scoreline that fewer than a tenth of all entrants picked. A boosted match pays double in the
 * groups and the round of 16 (`stage` 1 and 2), then three, four and five times. Source: the game's rules as quoted on
 * forumkeralam. The goal basis is 120 minutes; a match decided on penalties is a draw.
 *
 * `firstScorer` is a player's number, 0 when nobody scores; `firstTeam` is 1 home, 2 away, 0 nobody. `picked` and
 * `poolTotal` come from a {@link crowdSnapshot} of scorelines.
 */
export const uefaPredictor: RuleSet = {
  id: 'uefa-predictor',
  version: 1,
  mode: 'sum',
  fields: {
    ...scorelineFields,
    ...crowdFields,
    firstScorer: player,
    resultFirstScorer: player,
    firstTeam: side,
    resultFirstTeam: side,
    boosted: { type: 'bool' },
    stage: { type: 'int', min: 1, max: 5 },
  },
  rules: [
    { id: 'outcome', when: sameOutcome, points: 3000, label: 'Outcome' },
    { id: 'homeGoals', when: homeGoals, points: 2000, label: 'Goals of the home team' },
    { id: 'awayGoals', when: awayGoals, points: 2000, label: 'Goals of the away team' },
    { id: 'difference', when: sameDifference, points: 3000, label: 'Goal difference' },
    {
      id: 'firstScorer',
      when: ['eq', ['else', '$firstScorer', -1], ['else', '$resultFirstScorer', -2]],
      points: 8000,
      label: 'First scorer',
    },
    {
      id: 'firstTeam',
      when: ['eq', ['else', '$firstTeam', -1], ['else', '$resultFirstTeam', -2]],
      points: 2000,
      label: 'First team to score',
    },
    {
      id: 'underdog',
      when: ['and', exact, ['lt', ['mul', 10, '$picked'], '$poolTotal']],
      points: 5000,
      label: 'Scoreline that fewer than 10 % picked',
    },
  ],
  modifiers: [
    {
      id: 'booster',
      value: [
        'if',
        '$boosted',
        [
          'mul',
          '$base',
          [
            'lookup',
            [
              [3, 3],
              [4, 4],
              [5, 5],
            ],
            '$stage',
            2,
          ],
        ],
        '$base',
      ],
      label: 'Booster',
    },
  ],
  tieBreak: [exactCount],
};
