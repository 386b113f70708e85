import { checkProbability } from './check.ts';
import { netOdds } from './expected-value.ts';
import { sum } from './fair/method.ts';
import { OddsError } from './odds-error.ts';
import { log } from './real.ts';

/** A price and what one believes of it. */
export interface KellyBet {
  readonly probability: number;
  readonly odds: number;
  /** Share of the profit that is kept. Default 0. */
  readonly commission?: number;
}

/** Stakes as fractions of the bankroll, parallel to the bets; 0 where there is no edge. */
export interface KellyStakes {
  readonly fractions: readonly number[];
  /** Expected logarithm of the bankroll's growth per round with these stakes. */
  readonly growth: number;
}

/** Most bets that `kellyIndependent` weighs together: it looks at all 2^n ways they may end. */
export const MAX_SIMULTANEOUS_BETS = 10;
const HALVINGS = 50;
const MAX_ROUNDS = 200;
const SETTLED = 1e-14;

/**
 * Kelly stake for one bet: f = (p d − 1)/(d − 1) of the bankroll with d net of commission, never below 0 (Kelly 1956).
 *
 * @param bet.fraction of the full stake to bet, above 0 up to 1; half Kelly is 0.5. Default 1
 * @throws OddsError ODDS_OUT_OF_RANGE, PROBABILITY_OUT_OF_RANGE, OPTION_INVALID
 */
export function kelly(bet: KellyBet & { readonly fraction?: number }): number {
  const { net, probability } = checked(bet);
  return Math.max(0, (probability * net - 1) / (net - 1)) * checkedFraction(bet.fraction);
}

/**
 * Kelly stakes for bets of which at most one wins, such as the outcomes of a match; closed form of Smoczynski & Tomkins
 * 2010: bets are taken by falling p·d while p·d exceeds the reserve rate R = (1 − Σp)/(1 − Σ1/d); then f = p − R/d.
 * A bet without an edge of its own may be part of it, because it insures another. With a fraction all stakes shrink alike.
 *
 * @throws OddsError as `kelly`; MARKET_INVALID when the probabilities sum to more than 1
 */
export function kellyExclusive(
  bets: readonly KellyBet[],
  options: { readonly fraction?: number } = {},
): KellyStakes & { readonly reserveRate: number } {
  const fraction = checkedFraction(options.fraction);
  const all = bets.map(checked);
  const total = sum(all.map((bet) => bet.probability));
  if (total > 1 + 1e-9) {
    throw new OddsError(
      'MARKET_INVALID',
      `Probabilities of exclusive outcomes must not sum to more than 1, got ${total}`,
      { total },
    );
  }
  let [open, cost, reserveRate] = [1, 1, 1];
  const edge = (bet: { probability: number; net: number }): number => bet.probability * bet.net;
  for (const bet of all.toSorted((a, b) => edge(b) - edge(a))) {
    if (edge(bet) <= reserveRate || cost - 1 / bet.net <= 0) break;
    open = Math.max(0, open - bet.probability);
    cost -= 1 / bet.net;
    reserveRate = open / cost;
  }
  const fractions = all.map(({ probability, net }) => fraction * Math.max(0, probability - reserveRate / net));
  const kept = 1 - sum(fractions);
  let growth = chanceOf(Math.max(0, 1 - total), kept);
  for (const [i, { probability, net }] of all.entries())
    growth += chanceOf(probability, kept + (fractions[i] ?? 0) * net);
  return { fractions, growth, reserveRate };
}

/**
 * Kelly stakes for independent bets that are open at the same time, from one bankroll: maximises
 * Σ P(ω) ln(1 + Σ f·x(ω)) over all 2^n ways they may end. The function is concave; it is climbed one stake at a time by
 * bisection on its derivative until no stake moves by 1e-14, at most 200 rounds. With a fraction all stakes shrink alike.
 *
 * @param bets at most `MAX_SIMULTANEOUS_BETS`
 * @throws OddsError as `kelly`; MARKET_INVALID for too many bets
 */
export function kellyIndependent(bets: readonly KellyBet[], options: { readonly fraction?: number } = {}): KellyStakes {
  const fraction = checkedFraction(options.fraction);
  if (bets.length > MAX_SIMULTANEOUS_BETS) {
    throw new OddsError(
      'MARKET_INVALID',
      `At most ${MAX_SIMULTANEOUS_BETS} bets can be weighed together, got ${bets.length}`,
      { count: bets.length },
    );
  }
  const all = bets.map(checked);
  const ways = 2 ** all.length;
  const chances = Array.from({ length: ways }, (_, way) =>
    all.reduce((chance, bet, i) => chance * (wins(way, i) ? bet.probability : 1 - bet.probability), 1),
  );
  const payoff = (way: number, i: number, net: number): number => (wins(way, i) ? net - 1 : -1);
  const full = all.map(() => 0);
  const wealth = chances.map(() => 1);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let moved = 0;
    for (const [i, { probability, net }] of all.entries()) {
      if (probability * net <= 1) continue;
      const before = full[i] ?? 0;
      const without = wealth.map((value, way) => value - before * payoff(way, i, net));
      const room = 1 - (sum(full) - before);
      const after = climb(room, (stake) => {
        let slope = 0;
        for (let way = 0; way < ways; way++) {
          const x = payoff(way, i, net);
          const value = (without[way] ?? 0) + stake * x;
          const chance = chances[way] ?? 0;
          if (chance > 0) slope += value > 0 ? (chance * x) / value : Number.NEGATIVE_INFINITY;
        }
        return slope;
      });
      full[i] = after;
      for (let way = 0; way < ways; way++) wealth[way] = (without[way] ?? 0) + after * payoff(way, i, net);
      moved = Math.max(moved, Math.abs(after - before));
    }
    if (moved < SETTLED) break;
  }
  const fractions = full.map((stake) => stake * fraction);
  let growth = 0;
  for (let way = 0; way < ways; way++) {
    let value = 1;
    for (const [i, { net }] of all.entries()) value += (fractions[i] ?? 0) * payoff(way, i, net);
    growth += chanceOf(chances[way] ?? 0, value);
  }
  return { fractions, growth };
}

/** The stake in [0, room] where a falling slope passes 0. */
function climb(room: number, slope: (stake: number) => number): number {
  if (room <= 0 || slope(0) <= 0) return 0;
  let [low, high] = [0, room];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (slope(middle) > 0) low = middle;
    else high = middle;
  }
  return low;
}

const wins = (way: number, bet: number): boolean => ((way >> bet) & 1) === 1;

/** One term of the expected growth; what cannot happen costs nothing, even ruin. */
const chanceOf = (probability: number, wealth: number): number =>
  probability <= 1e-15 ? 0 : probability * log(Math.max(0, wealth));

function checked(bet: KellyBet): { readonly probability: number; readonly net: number } {
  checkProbability(bet.probability);
  return { probability: bet.probability, net: netOdds(bet.odds, bet.commission) };
}

function checkedFraction(fraction = 1): number {
  if (!(fraction > 0 && fraction <= 1)) {
    throw new OddsError('OPTION_INVALID', `The Kelly fraction must be above 0 and at most 1, got ${fraction}`, {
      fraction,
    });
  }
  return fraction;
}
