import { checkOdds } from './check.ts';
import { type DevigMethod, fairOdds } from './fair-odds.ts';
import { OddsError } from './odds-error.ts';

/** How a price taken compares with the last price before the start. 0.05 is 5 % better. */
export interface ClosingLineValue {
  /** odds / closing odds − 1: against the price as quoted, margin included. */
  readonly raw: number;
  /** odds · fair closing probability − 1: the expected value of the bet, were the closing market right. */
  readonly fair: number;
}

/**
 * Closing line value of a bet, the least noisy sign of a good bettor known.
 *
 * @param bet.odds decimal odds taken, net of commission if any
 * @param bet.closing closing odds of every outcome, from one book
 * @param bet.outcome index of the outcome bet on
 * @param bet.method of taking the margin out. Default power
 * @throws OddsError as `fairOdds`; OPTION_INVALID for an outcome that is not there
 */
export function closingLineValue(bet: {
  readonly odds: number;
  readonly closing: readonly number[];
  readonly outcome: number;
  readonly method?: DevigMethod;
  readonly target?: number;
}): ClosingLineValue {
  const { odds, closing, outcome } = bet;
  checkOdds(odds);
  const probability = fairOdds(closing, bet).probabilities[outcome];
  const close = closing[outcome];
  if (probability === undefined || close === undefined) {
    throw new OddsError('OPTION_INVALID', `There is no outcome ${outcome} among the ${closing.length} closing odds`, {
      outcome,
    });
  }
  return { raw: odds / close - 1, fair: odds * probability - 1 };
}
