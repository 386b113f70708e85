import { checkOutcomeCount, checkProbability } from './check.ts';
import { sum } from './fair/method.ts';
import { checkTarget, type DevigMethod, marginMethod } from './fair-odds.ts';
import { OddsError } from './odds-error.ts';

const CLOSE = 1e-9;

/**
 * Prices a market: the inverse of `fairOdds`, so that `fairOdds(addMargin(p, …), { method })` gives p back.
 *
 * @param probabilities of every outcome, each above 0 and below 1, summing to the target
 * @param options.overround the margin wanted: Σ(1/odds) / target − 1, 0.05 for 5 %; 0 gives fair odds
 * @param options.method default `power`
 * @param options.target default 1
 * @returns decimal odds of every outcome
 * @throws OddsError PROBABILITY_OUT_OF_RANGE; MARKET_INVALID when they do not sum to the target; OPTION_INVALID when the
 * method cannot reach this margin with odds greater than 1
 */
export function addMargin(
  probabilities: readonly number[],
  options: { readonly overround: number; readonly method?: DevigMethod; readonly target?: number },
): number[] {
  const { overround, method = 'power', target = 1 } = options;
  checkOutcomeCount(probabilities.length);
  checkTarget(target, probabilities.length);
  for (const [i, probability] of probabilities.entries()) {
    checkProbability(probability, ` for outcome ${i + 1} of ${probabilities.length}`);
    if (probability === 0 || probability === 1) {
      throw new OddsError(
        'PROBABILITY_OUT_OF_RANGE',
        `No odds can be offered on a probability of ${probability} (outcome ${i + 1})`,
        { probability },
      );
    }
  }
  const total = sum(probabilities);
  if (Math.abs(total - target) > CLOSE * target) {
    throw new OddsError('MARKET_INVALID', `The probabilities must sum to the target ${target}, got ${total}`, {
      total,
      target,
    });
  }
  if (!(overround >= 0))
    throw new OddsError('OPTION_INVALID', `The overround must be at least 0, got ${overround}`, { overround });
  if (overround === 0) return probabilities.map((p) => 1 / p);
  const booksum = target * (1 + overround);
  const implied = booksum < probabilities.length ? marginMethod(method).add(probabilities, target, booksum) : [];
  if (Math.abs(sum(implied) - booksum) > CLOSE * booksum || implied.some((r) => !(r < 1))) {
    throw new OddsError(
      'OPTION_INVALID',
      `The method ${method} cannot put an overround of ${overround} on these probabilities with odds greater than 1; power and odds-ratio can up to ${probabilities.length / target - 1}`,
      { overround, method },
    );
  }
  return implied.map((r) => 1 / r);
}
