import type { RuleSet } from '../rules/index.ts';
import { exact, exactCount, sameOutcome, scorelineFields } from './scoreline.ts';

/** Decimal odds in thousandths: 1200 is 1.2. */
const oddsMilli = { type: 'int', min: 1001, max: 10_000_000 } as const;

/**
 * The right outcome pays its decimal odds. Source: predictionsleague.com: 1/5 pays 1.2, 4/1 pays 5, 8/1 pays 9.
 *
 * `oddsMilli` are the decimal odds of the predicted outcome, in thousandths, frozen when predictions close.
 */
export const oddsPoints: RuleSet = {
  id: 'odds-points',
  version: 1,
  mode: 'first',
  fields: { ...scorelineFields, oddsMilli },
  rules: [{ id: 'outcome', when: sameOutcome, points: '$oddsMilli', label: 'Outcome, by its odds' }],
  tieBreak: [exactCount],
};

const team = { type: 'int', min: 1, max: 2, optional: true } as const;

/**
 * The right outcome pays three times its decimal odds, the exact scoreline 6 more, the right side of 2.5 goals 2.5, and the
 * team that qualifies from a knockout match 15. Source: fussspool.
 */
export const oddsPointsPlus: RuleSet = {
  id: 'odds-points-plus',
  version: 1,
  mode: 'sum',
  fields: { ...scorelineFields, oddsMilli, advancing: team, resultAdvancing: team },
  rules: [
    { id: 'outcome', when: sameOutcome, points: ['mul', 3, '$oddsMilli'], label: 'Outcome, three times its odds' },
    { id: 'exact', when: exact, points: 6000, label: 'Exact scoreline' },
    {
      id: 'overUnder',
      when: ['eq', ['lt', 2, ['add', '$home', '$away']], ['lt', 2, ['add', '$resultHome', '$resultAway']]],
      points: 2500,
      label: 'Over or under 2.5 goals',
    },
    {
      id: 'advancing',
      when: ['eq', ['else', '$advancing', -1], ['else', '$resultAdvancing', -2]],
      points: 15_000,
      label: 'Team that qualifies',
    },
  ],
  tieBreak: [exactCount],
};
