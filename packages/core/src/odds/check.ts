import { shown } from '../text/shown.ts';
import { MAX_DECIMAL_ODDS } from './format.ts';
import { OddsError } from './odds-error.ts';

/** Most outcomes in one market; beyond it is a mistake in grouping. */
export const MAX_OUTCOMES = 1_000;

export const isOdds = (odds: number): boolean => typeof odds === 'number' && odds > 1 && odds <= MAX_DECIMAL_ODDS;

export function checkOdds(odds: number, place = ''): void {
  if (!isOdds(odds)) throw oddsError(odds, place);
}

export function oddsError(odds: number, place: string): OddsError {
  if (typeof odds !== 'number') {
    return new OddsError(
      'ODDS_MALFORMED',
      `Odds must be a number, got ${shown(odds)}${place}; read texts with parseOdds`,
      { odds },
    );
  }
  const expected = odds > 1 ? `at most ${MAX_DECIMAL_ODDS}` : 'greater than 1';
  return new OddsError('ODDS_OUT_OF_RANGE', `Odds must be ${expected}, got ${odds}${place}`, { odds });
}

export function checkProbability(probability: number, place = ''): void {
  if (!(probability >= 0 && probability <= 1)) {
    throw new OddsError('PROBABILITY_OUT_OF_RANGE', `A probability must be from 0 to 1, got ${probability}${place}`, {
      probability,
    });
  }
}

/** From 0 up to but not including 1: 0.02 is 2 % of the profit. */
export function checkCommission(commission: number): void {
  if (!(commission >= 0 && commission < 1)) {
    throw new OddsError('OPTION_INVALID', `Commission must be from 0 to below 1 (0.02 is 2 %), got ${commission}`, {
      commission,
    });
  }
}

export function checkStake(stake: number, what = 'Stake'): void {
  if (!(stake > 0 && Number.isFinite(stake))) {
    throw new OddsError('AMOUNT_INVALID', `${what} must be greater than 0 and finite, got ${stake}`, { stake });
  }
}

export function checkOutcomeCount(count: number): void {
  if (count < 2 || count > MAX_OUTCOMES) {
    throw new OddsError('MARKET_INVALID', `A market has from 2 to ${MAX_OUTCOMES} outcomes, got ${count}`, { count });
  }
}
