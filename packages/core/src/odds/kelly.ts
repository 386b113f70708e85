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
const MAX_ROUNDS = 200;
const SETTLED = 1e-14;
const PRECISION = 1e-15;
const EXCESS_MAX = 1e-9;
/** What is less likely is taken for impossible. */
const NEVER = 1e-15;

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
 * Σ P(ω) ln(1 + Σ f·x(ω)) over all 2^n ways they may end. The function is concave; it is climbed by moving stakes between
 * two bets, or a bet and what is kept, by bisection on the slope, until none moves by 1e-14, at most 200 rounds. No other
 * stakes grow faster by more than 1e-9. With a fraction all stakes shrink alike.
 *
 * @param bets at most `MAX_SIMULTANEOUS_BETS`
 * @throws OddsError as `kelly`; MARKET_INVALID for too many bets, or when the best stakes are not found
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
  const favourable = all.filter(({ probability, net }) => probability * net > 1);
  const endings = endingsOf(favourable);
  const shares = bestShares(endings, favourable.length).map((share) => share * fraction);
  shares[favourable.length] = (shares[favourable.length] ?? 0) + 1 - fraction;
  const fractions = all.map((bet) => shares[favourable.indexOf(bet)] ?? 0);
  return { fractions, growth: sum(endings.map(({ chance, pays }) => chanceOf(chance, wealthOf(shares, pays)))) };
}

/** A way in which bets may end together. */
interface Ending {
  readonly chance: number;
  /** What each bet pays for 1 staked; last the 1 of what is kept, which is as a bet that always wins at odds of 1. */
  readonly pays: readonly number[];
}

function endingsOf(bets: readonly { readonly probability: number; readonly net: number }[]): Ending[] {
  const endings = Array.from({ length: 2 ** bets.length }, (_, way) => {
    const wins = (i: number): boolean => ((way >> i) & 1) === 1;
    const chances = bets.map(({ probability }, i) => (wins(i) ? probability : 1 - probability));
    return {
      chance: chances.reduce((product, chance) => product * chance, 1),
      pays: [...bets.map(({ net }, i) => (wins(i) ? net : 0)), 1],
    };
  });
  return endings.filter(({ chance }) => chance > NEVER);
}

/** The shares of the bankroll that grow fastest, parallel to what endings pay, from 0 on all bets. */
function bestShares(endings: readonly Ending[], bets: number): number[] {
  const shares = Array.from({ length: bets + 1 }, (_, i) => (i === bets ? 1 : 0));
  let excess = Number.POSITIVE_INFINITY;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let moved = 0;
    for (let i = 0; i < bets; i++) {
      for (let j = i + 1; j <= bets; j++) moved = Math.max(moved, balance(shares, i, j, endings));
    }
    excess = excessOf(shares, endings);
    if (moved < SETTLED && excess <= EXCESS_MAX) break;
  }
  if (excess <= EXCESS_MAX) return shares;
  const message = `The best stakes were not found in ${MAX_ROUNDS} rounds; others may grow faster by ${excess}`;
  throw new OddsError('MARKET_INVALID', message, { excess });
}

/**
 * How much faster other shares may grow, at most (Karush-Kuhn-Tucker): the slope towards each asset, Σ P·pays/wealth, is 1
 * on average over the shares, and where they are best nowhere above.
 */
function excessOf(shares: readonly number[], endings: readonly Ending[]): number {
  const slopes = shares.map(() => 0);
  for (const { chance, pays } of endings) {
    const wealth = wealthOf(shares, pays);
    for (const [i, pay] of pays.entries()) if (pay > 0) slopes[i] = (slopes[i] ?? 0) + (chance * pay) / wealth;
  }
  return Math.max(...slopes) - sum(endings.map(({ chance }) => chance));
}

/** Divides what two shares are together in the best way. Returns how much moved. */
function balance(shares: number[], i: number, j: number, endings: readonly Ending[]): number {
  const [mine = 0, theirs = 0] = [shares[i], shares[j]];
  const both = mine + theirs;
  const turns = turnsOf(shares, i, j, endings);
  // Of the two, the smaller is looked for: so it is exact even where it is tiny.
  const rising = slopeAt(turns, both / 2, both) > 0;
  const searched = rising ? turns.map(({ chance, a, b, rest }) => ({ chance, a: b, b: a, rest })) : turns;
  const least = climb(both / 2, (share) => slopeAt(searched, share, both));
  shares[i] = rising ? both - least : least;
  shares[j] = rising ? least : both - least;
  return Math.abs((shares[i] ?? 0) - mine);
}

/** An ending in which it matters which of two shares is how large: what they pay for 1, and what all others come to. */
interface Turn {
  readonly chance: number;
  readonly a: number;
  readonly b: number;
  readonly rest: number;
}

function turnsOf(shares: readonly number[], i: number, j: number, endings: readonly Ending[]): Turn[] {
  const others = shares.map((share, k) => (k === i || k === j ? 0 : share));
  const turns: Turn[] = [];
  for (const { chance, pays } of endings) {
    const [a = 0, b = 0] = [pays[i], pays[j]];
    if (a !== b) turns.push({ chance, a, b, rest: wealthOf(others, pays) });
  }
  return turns;
}

/** How growth changes with the first of two shares while they are together what they are. */
function slopeAt(turns: readonly Turn[], share: number, both: number): number {
  let slope = 0;
  for (const { chance, a, b, rest } of turns) slope += (chance * (a - b)) / (rest + share * a + (both - share) * b);
  return slope;
}

/** The share in [0, most] where a falling slope passes 0. */
function climb(most: number, slope: (share: number) => number): number {
  if (most <= 0 || slope(0) <= 0) return 0;
  let [low, high] = [0, most];
  while (high - low > PRECISION * high) {
    const middle = (low + high) / 2;
    if (slope(middle) > 0) low = middle;
    else high = middle;
  }
  return low;
}

const wealthOf = (shares: readonly number[], pays: readonly number[]): number => {
  let wealth = 0;
  for (let i = 0; i < pays.length; i++) wealth += (shares[i] ?? 0) * (pays[i] ?? 0);
  return wealth;
};

/** One term of the expected growth; what cannot happen costs nothing, even ruin. */
const chanceOf = (probability: number, wealth: number): number =>
  probability <= NEVER ? 0 : probability * log(Math.max(0, wealth));

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
