import { checkOutcomeCount, checkStake } from './check.ts';
import { netOdds } from './expected-value.ts';
import { OddsError } from './odds-error.ts';

/** One book's price of one outcome. */
export interface Offer {
  readonly outcome: string;
  readonly book: string;
  readonly odds: number;
  readonly commission?: number;
}

/** What backing every outcome at its best price comes to. */
export interface Arbitrage {
  /** Whether it pays whatever happens: exactly when `sum` is below 1. */
  readonly exists: boolean;
  /** Σ 1/(best net odds). */
  readonly sum: number;
  /** Profit per unit staked, 1/sum − 1: the same whatever happens; negative when there is no arbitrage. */
  readonly profit: number;
  /** The best offer of each outcome and the stake on it; the stakes sum to the total and all pay the same. */
  readonly stakes: readonly { readonly offer: Offer; readonly stake: number }[];
}

/**
 * Backs every outcome at the best price after commission, with stakes in proportion to 1/odds.
 *
 * @param options.outcomes every outcome that can happen: one left out would make any market look like an arbitrage
 * @param options.total to stake in all. Default 1
 * @throws OddsError MARKET_INVALID when an outcome has no offer, or an offer is on an unknown outcome; ODDS_OUT_OF_RANGE
 */
export function arbitrage(
  offers: readonly Offer[],
  options: { readonly outcomes: readonly string[]; readonly total?: number },
): Arbitrage {
  const { outcomes, total = 1 } = options;
  checkOutcomeCount(outcomes.length);
  checkStake(total, 'Total stake');
  const twice = outcomes.find((outcome, i) => outcomes.indexOf(outcome) !== i);
  if (twice !== undefined) throw new OddsError('MARKET_INVALID', `Outcome "${twice}" is listed twice`, { outcomes });
  const best = new Map<string, { offer: Offer; net: number }>();
  for (const offer of offers) {
    if (!outcomes.includes(offer.outcome)) {
      throw new OddsError(
        'MARKET_INVALID',
        `"${offer.outcome}" is not an outcome of this market (${outcomes.join(', ')})`,
        { offer },
      );
    }
    const net = netOdds(offer.odds, offer.commission);
    if (net > (best.get(offer.outcome)?.net ?? 0)) best.set(offer.outcome, { offer, net });
  }
  const chosen = outcomes.map((outcome) => {
    const found = best.get(outcome);
    if (found === undefined) throw new OddsError('MARKET_INVALID', `No offer for outcome "${outcome}"`, { outcome });
    return found;
  });
  let sum = 0;
  for (const { net } of chosen) sum += 1 / net;
  return {
    exists: sum < 1,
    sum,
    profit: 1 / sum - 1,
    stakes: chosen.map(({ offer, net }) => ({ offer, stake: total / net / sum })),
  };
}
