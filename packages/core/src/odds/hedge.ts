import { checkCommission, checkOdds, checkStake } from './check.ts';
import { netOdds } from './expected-value.ts';
import { OddsError } from './odds-error.ts';

/** What one outcome would bring as things stand, and the price at which it can be backed now. */
export interface HedgeOutcome {
  readonly outcome: string;
  /** Profit (negative: loss) from the bets already made, should this outcome happen. */
  readonly profit: number;
  /** Decimal odds at which more can be staked; leave it out where nobody offers. */
  readonly odds?: number;
  readonly commission?: number;
}

export interface Hedge {
  /** The least profit after the hedge: at least `worstBefore`, always. */
  readonly worst: number;
  readonly worstBefore: number;
  readonly outcomes: readonly { readonly outcome: string; readonly stake: number; readonly profit: number }[];
}

/**
 * The stakes that make the worst case as good as it can be; doing nothing is among them, so it is never made worse.
 *
 * For a level t every outcome below it is lifted: stake (t − profit)/odds. The worst case is then t − Σ stakes, concave
 * and piecewise linear in t with slope 1 − Σ 1/odds over the outcomes lifted, so the best t is where the slope turns.
 * Raised no further than the best outcome: beyond it more stakes would be an `arbitrage`, not a hedge.
 *
 * @param position every outcome that can happen, exactly one of them does
 * @throws OddsError MARKET_INVALID for fewer than 2 outcomes; AMOUNT_INVALID, ODDS_OUT_OF_RANGE
 */
export function hedge(position: readonly HedgeOutcome[]): Hedge {
  if (position.length < 2) {
    throw new OddsError('MARKET_INVALID', `A hedge needs at least 2 outcomes, got ${position.length}`, {
      count: position.length,
    });
  }
  const all = position.map((entry) => {
    if (!Number.isFinite(entry.profit)) {
      throw new OddsError('AMOUNT_INVALID', `The profit of "${entry.outcome}" must be finite, got ${entry.profit}`, {
        ...entry,
      });
    }
    return { ...entry, net: entry.odds === undefined ? 0 : netOdds(entry.odds, entry.commission) };
  });
  const rising = all.toSorted((a, b) => a.profit - b.profit);
  const worstBefore = rising[0]?.profit ?? 0;
  let level = worstBefore;
  let slope = 1;
  for (const [i, { net }] of rising.entries()) {
    slope -= net === 0 ? 1 : 1 / net;
    const next = rising[i + 1];
    if (slope <= 0 || net === 0 || next === undefined) break;
    level = next.profit;
  }
  const stakes = all.map(({ profit, net }) => (profit < level ? (level - profit) / net : 0));
  const staked = stakes.reduce((total, stake) => total + stake, 0);
  const outcomes = all.map(({ outcome, profit, net }, i) => {
    const stake = stakes[i] ?? 0;
    return { outcome, stake, profit: profit + stake * net - staked };
  });
  const worst = Math.min(...outcomes.map(({ profit }) => profit));
  if (worst > worstBefore) return { worst, worstBefore, outcomes };
  const nothing = all.map(({ outcome, profit }) => ({ outcome, stake: 0, profit }));
  return { worst: worstBefore, worstBefore, outcomes: nothing };
}

/**
 * The back bet that a lay bet amounts to: laying at L risks L − 1 to win 1 − c, which is backing "it does not happen" at
 * 1 + (1 − c)/(L − 1).
 *
 * @throws OddsError ODDS_OUT_OF_RANGE, OPTION_INVALID
 */
export function layAsBack(lay: { readonly odds: number; readonly commission?: number }): number {
  checkOdds(lay.odds);
  checkCommission(lay.commission ?? 0);
  return 1 + (1 - (lay.commission ?? 0)) / (lay.odds - 1);
}

/**
 * Lays off a back bet so that both ways bring the same: lay stake = stake · odds / (lay odds − commission). This is
 * the best worst case too, and better than doing nothing at any lay odds.
 *
 * @returns the lay stake, its liability (lay stake · (lay odds − 1)) and the profit either way
 * @throws OddsError AMOUNT_INVALID, ODDS_OUT_OF_RANGE, OPTION_INVALID
 */
export function layOff(bet: {
  readonly stake: number;
  readonly odds: number;
  readonly layOdds: number;
  readonly commission?: number;
}): { readonly layStake: number; readonly liability: number; readonly profit: number } {
  const { stake, odds, layOdds, commission = 0 } = bet;
  checkStake(stake);
  checkOdds(odds);
  checkOdds(layOdds);
  checkCommission(commission);
  const layStake = (stake * odds) / (layOdds - commission);
  return { layStake, liability: layStake * (layOdds - 1), profit: layStake * (1 - commission) - stake };
}
