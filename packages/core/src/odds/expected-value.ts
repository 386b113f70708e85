import { checkCommission, checkOdds, checkProbability } from './check.ts';
import { compareMethods, type DevigMethod, type ProbabilityInterval } from './fair-odds.ts';
import { OddsError } from './odds-error.ts';

/** Decimal odds after an exchange has kept its commission on the profit: 1 + (d − 1)(1 − c). */
export function netOdds(odds: number, commission = 0): number {
  checkOdds(odds);
  checkCommission(commission);
  return 1 + (odds - 1) * (1 - commission);
}

/**
 * Profit expected per unit staked: p · (1 + (d − 1)(1 − c)) − 1. 0.045 is 4.5 %.
 *
 * @throws OddsError ODDS_OUT_OF_RANGE, PROBABILITY_OUT_OF_RANGE, OPTION_INVALID
 */
export function expectedValue(bet: {
  readonly probability: number;
  readonly odds: number;
  /** Share of the profit that is kept, 0.02 for 2 %. Default 0. */
  readonly commission?: number;
}): number {
  checkProbability(bet.probability);
  return bet.probability * netOdds(bet.odds, bet.commission) - 1;
}

/**
 * The odds to ask for so that the expected value is exactly `expectedValue` after commission:
 * d = 1 + ((1 + t)/p − 1)/(1 − c), `expectedValue` solved for d.
 *
 * @throws OddsError OPTION_INVALID when such odds would not be greater than 1
 */
export function oddsForExpectedValue(target: {
  readonly probability: number;
  readonly expectedValue: number;
  readonly commission?: number;
}): number {
  const { probability, expectedValue: wanted, commission = 0 } = target;
  checkProbability(probability);
  checkCommission(commission);
  const odds = 1 + ((1 + wanted) / probability - 1) / (1 - commission);
  if (!(odds > 1 && Number.isFinite(odds))) {
    throw new OddsError(
      'OPTION_INVALID',
      `No odds greater than 1 give an expected value of ${wanted} at probability ${probability}`,
      { ...target },
    );
  }
  return odds;
}

/** Expected value as far as the margin method leaves it open. */
export interface ExpectedValueInterval {
  /** The worst and the best over the methods; positive under all of them exactly when `min` is. */
  readonly min: number;
  readonly max: number;
  readonly minMethod: DevigMethod;
  readonly maxMethod: DevigMethod;
}

/**
 * Expected value of backing one outcome, with the fair probability taken from a sharp book's whole market under several
 * margin methods.
 *
 * @param bet.anchor the sharp book's decimal odds of every outcome
 * @param bet.outcome index into `anchor`
 * @throws OddsError as `compareMethods` and `expectedValue`
 */
export function expectedValueInterval(bet: {
  readonly anchor: readonly number[];
  readonly outcome: number;
  readonly odds: number;
  readonly commission?: number;
  readonly target?: number;
  readonly methods?: readonly DevigMethod[];
}): ExpectedValueInterval {
  const { anchor, outcome, odds, commission = 0 } = bet;
  const interval = compareMethods(anchor, bet).intervals[outcome];
  if (interval === undefined) {
    throw new OddsError('OPTION_INVALID', `There is no outcome ${outcome} among the ${anchor.length} of the anchor`, {
      outcome,
    });
  }
  return toExpectedValue(interval, netOdds(odds, commission));
}

/** Expected value grows with the probability, so the ends of one interval are the ends of the other. */
const toExpectedValue = (interval: ProbabilityInterval, net: number): ExpectedValueInterval => ({
  ...interval,
  min: interval.min * net - 1,
  max: interval.max * net - 1,
});
