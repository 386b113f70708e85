import { checkStake } from './check.ts';
import { netOdds } from './expected-value.ts';
import { OddsError } from './odds-error.ts';

/** One side of a total. */
export interface TotalOffer {
  readonly line: number;
  readonly odds: number;
  readonly commission?: number;
}

/** Over a lower line and under a higher one: between them both win. */
export interface Middle {
  readonly overStake: number;
  readonly underStake: number;
  /** Profit when the total falls outside, the same on either side; negative is the price of the middle. */
  readonly outside: number;
  /** Profit by total, for every whole total from just below the over line to just above the under line. */
  readonly totals: readonly { readonly total: number; readonly profit: number }[];
  /** Profit when both bets win outright. */
  readonly inside: number;
  /** How likely the inside must be for the whole to break even; 0 when even the outside does not lose. */
  readonly breakEven: number;
}

const MAX_WIDTH = 200;

/**
 * Stakes a middle so that both outside ways cost the same: stakes in proportion to 1/(net odds).
 *
 * @param options.over the lower line; lines are multiples of 0.25
 * @param options.under the higher line
 * @param options.total to stake in all. Default 1
 * @throws OddsError OPTION_INVALID for lines that leave no middle; ODDS_OUT_OF_RANGE, AMOUNT_INVALID
 */
export function middle(options: {
  readonly over: TotalOffer;
  readonly under: TotalOffer;
  readonly total?: number;
}): Middle {
  const { over, under, total = 1 } = options;
  checkStake(total, 'Total stake');
  const width = under.line - over.line;
  if (![over.line, under.line].every((line) => Number.isInteger(line * 4)) || !(width > 0 && width <= MAX_WIDTH)) {
    throw new OddsError(
      'OPTION_INVALID',
      `A middle needs an over line below the under line, in quarters and at most ${MAX_WIDTH} apart, got over ${over.line} and under ${under.line}`,
      { over: over.line, under: under.line },
    );
  }
  const [netOver, netUnder] = [netOdds(over.odds, over.commission), netOdds(under.odds, under.commission)];
  const overStake = (total * netUnder) / (netOver + netUnder);
  const underStake = total - overStake;
  const profit = (goals: number): number =>
    overStake * (returned(goals - over.line, netOver) - 1) + underStake * (returned(under.line - goals, netUnder) - 1);
  const totals: { total: number; profit: number }[] = [];
  for (let goals = Math.ceil(over.line) - 1; goals <= Math.floor(under.line) + 1; goals++) {
    totals.push({ total: goals, profit: profit(goals) });
  }
  const outside = overStake * netOver - total;
  const inside = overStake * netOver + underStake * netUnder - total;
  return { overStake, underStake, outside, inside, totals, breakEven: Math.max(0, -outside / (inside - outside)) };
}

/** Return per unit at a distance beyond the line: quarter lines are two halves, half a goal apart. */
function returned(beyond: number, odds: number): number {
  const half = (distance: number): number => (distance > 0 ? odds : distance === 0 ? 1 : 0);
  return Number.isInteger(beyond * 2) ? half(beyond) : (half(beyond - 0.25) + half(beyond + 0.25)) / 2;
}
