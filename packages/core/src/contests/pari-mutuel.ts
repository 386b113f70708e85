import type { Expr, RuleSet } from '../rules/index.ts';
import { exact, exactCount, sameDifference, sameOutcome, scorelineFields } from './scoreline.ts';

const entrants = { type: 'int', min: 0, max: 500_000 } as const;

/**
 * Three pots for each match, of as many points as there are entrants: one shared by all who have the outcome, one by those
 * with the goal difference, one by those with the exact scoreline. Source: after90minutes: of 100 entrants 70, 30 and 12
 * are right, so each pot pays 1.43, 3.33, 8.33.
 *
 * A pot is paid out to the last thousandth: what equal shares leave over goes in thousandths to the first winners by
 * `…Place`, so all shares add up to the pot. A pot without winners is not paid. The other fields come from
 * {@link potShares}.
 */
export const pariMutuel: RuleSet = {
  id: 'pari-mutuel',
  version: 1,
  mode: 'sum',
  fields: {
    ...scorelineFields,
    poolTotal: entrants,
    outcomeWinners: entrants,
    outcomePlace: entrants,
    differenceWinners: entrants,
    differencePlace: entrants,
    exactWinners: entrants,
    exactPlace: entrants,
  },
  rules: [
    { id: 'outcome', when: sameOutcome, points: share('outcome'), label: 'Share of the outcome pot' },
    { id: 'difference', when: sameDifference, points: share('difference'), label: 'Share of the goal difference pot' },
    { id: 'exact', when: exact, points: share('exact'), label: 'Share of the exact scoreline pot' },
  ],
  tieBreak: [exactCount],
};

function share(pot: string): Expr {
  const milli: Expr = ['mul', 1000, '$poolTotal'];
  const winners: Expr = ['max', `$${pot}Winners`, 1];
  const extra: Expr = ['if', ['le', `$${pot}Place`, ['mod', milli, winners]], 1, 0];
  return ['add', ['div', milli, winners, 'floor'], extra];
}
