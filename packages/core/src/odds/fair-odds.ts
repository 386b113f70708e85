import { checkOutcomeCount, isOdds, oddsError } from './check.ts';
import { additive } from './fair/additive.ts';
import { gotoConversion } from './fair/goto.ts';
import { type MarginMethod, sum } from './fair/method.ts';
import { multiplicative } from './fair/multiplicative.ts';
import { oddsRatio } from './fair/odds-ratio.ts';
import { power } from './fair/power.ts';
import { shin } from './fair/shin.ts';
import { OddsError } from './odds-error.ts';

/** The methods that differ. docs/odds.md says which published names are one of these. */
export const DEVIG_METHODS = ['multiplicative', 'additive', 'power', 'shin', 'odds-ratio', 'goto'] as const;
/** A method with an inverse. */
export type DevigMethod = (typeof DEVIG_METHODS)[number];
/** `worst-case`: per outcome the least of the methods that stay within [0, 1]; sums to no more than the target. */
export type FairOddsMethod = DevigMethod | 'worst-case';

export interface FairOddsOptions {
  /** Default `power`: on 40 918 club matches the best log loss of the methods that never leave [0, 1]. */
  readonly method?: FairOddsMethod;
  /** How many of the outcomes come true: 1, or 3 for "finishes in the top three". Default 1. */
  readonly target?: number;
}

/** A market with the bookmaker's margin taken out. Arrays are parallel to the odds given. */
export interface FairOdds {
  readonly method: FairOddsMethod;
  /** Sums to the target, but for `worst-case`. */
  readonly probabilities: readonly number[];
  /** 1/probability; Infinity where the probability is not positive. */
  readonly odds: readonly number[];
  /** Σ(1/odds) / target − 1: 0.05 is a margin of 5 %. */
  readonly overround: number;
  /** Exponent k (power), insider share z (shin), odds ratio c (odds-ratio), step s (goto). */
  readonly parameter?: number;
  /** A probability left [0, 1]: the method cannot price this market, use another. */
  readonly problematic: boolean;
}

/** Without this, a fair book with a rounding error of one bit would count as one below its target. */
const NO_MARGIN = 1e-12;

/**
 * Takes the bookmaker's margin out of one market's odds, all from the same book.
 * Formulas and their sources stand in the file of each method.
 *
 * @param odds decimal odds of every outcome, each greater than 1
 * @throws OddsError ODDS_OUT_OF_RANGE naming the outcome; MARKET_INVALID for fewer than 2 outcomes, a target that is not
 * at least 1 and below the number of outcomes, or odds that imply less than the target (an outcome is missing, or the prices are from several books)
 */
export function fairOdds(odds: readonly number[], options: FairOddsOptions = {}): FairOdds {
  const { method = 'power', target = 1 } = options;
  const implied = impliedProbabilities(odds, target);
  return method === 'worst-case' ? worstCase(implied, target) : remove(implied, target, method);
}

/** All methods on one market, and how far they are apart. */
export interface MethodComparison {
  readonly byMethod: Readonly<Partial<Record<DevigMethod, FairOdds>>>;
  /** Per outcome the least and greatest probability of the methods that are not problematic. */
  readonly intervals: readonly ProbabilityInterval[];
  /** Methods left out of the intervals because a probability left [0, 1]. */
  readonly problematic: readonly DevigMethod[];
}

export interface ProbabilityInterval {
  readonly min: number;
  readonly max: number;
  readonly minMethod: DevigMethod;
  readonly maxMethod: DevigMethod;
}

/**
 * Takes the margin out with several methods, so that a decision can ask whether all of them agree.
 *
 * @param options.methods default all of `DEVIG_METHODS`
 * @throws OddsError as `fairOdds`
 */
export function compareMethods(
  odds: readonly number[],
  options: { readonly target?: number; readonly methods?: readonly DevigMethod[] } = {},
): MethodComparison {
  const { target = 1, methods = DEVIG_METHODS } = options;
  const implied = impliedProbabilities(odds, target);
  return compareImplied(implied, target, methods);
}

/** The implementation of a method by its name. @throws OddsError OPTION_INVALID */
export function marginMethod(method: DevigMethod): MarginMethod {
  const found = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (found === undefined) {
    throw new OddsError(
      'OPTION_INVALID',
      `Method must be one of ${DEVIG_METHODS.join(', ')}, got "${String(method)}"`,
      { method },
    );
  }
  return found;
}

const METHODS: Readonly<Record<DevigMethod, MarginMethod>> = {
  multiplicative,
  additive,
  power,
  shin,
  'odds-ratio': oddsRatio,
  goto: gotoConversion,
};

function impliedProbabilities(odds: readonly number[], target: number): number[] {
  checkOutcomeCount(odds.length);
  checkTarget(target, odds.length);
  const implied = odds.map((value, i) => {
    if (!isOdds(value)) throw oddsError(value, ` for outcome ${i + 1} of ${odds.length}`);
    return 1 / value;
  });
  const booksum = sum(implied);
  if (booksum < target * (1 - NO_MARGIN)) {
    throw new OddsError(
      'MARKET_INVALID',
      `The odds imply a sum of ${booksum.toPrecision(6)}, below the target ${target}: list every outcome, all from one book`,
      { booksum, target },
    );
  }
  return implied;
}

export function checkTarget(target: number, count: number): void {
  if (!(target >= 1 && target < count)) {
    throw new OddsError(
      'MARKET_INVALID',
      `The target must be at least 1 and below the ${count} outcomes, got ${target}`,
      { target, count },
    );
  }
}

function remove(implied: readonly number[], target: number, method: DevigMethod): FairOdds {
  const found = marginMethod(method);
  const overround = sum(implied) / target - 1;
  const { probabilities, parameter } =
    overround > NO_MARGIN
      ? found.remove(implied, target)
      : { ...multiplicative.remove(implied, target), parameter: undefined };
  return {
    method,
    probabilities,
    odds: probabilities.map(fairPrice),
    overround,
    ...(parameter === undefined ? {} : { parameter }),
    problematic: probabilities.some((p) => !(p >= 0 && p <= 1)),
  };
}

function worstCase(implied: readonly number[], target: number): FairOdds {
  const probabilities = compareImplied(implied, target, DEVIG_METHODS).intervals.map(({ min }) => min);
  return {
    method: 'worst-case',
    probabilities,
    odds: probabilities.map(fairPrice),
    overround: sum(implied) / target - 1,
    problematic: false,
  };
}

function compareImplied(implied: readonly number[], target: number, methods: readonly DevigMethod[]): MethodComparison {
  const all = methods.map((method) => [method, remove(implied, target, method)] as const);
  const [first, ...rest] = all.filter(([, fair]) => !fair.problematic);
  if (first === undefined) {
    throw new OddsError('MARKET_INVALID', `No method of ${methods.join(', ')} stays within [0, 1] here; add power`, {
      methods,
    });
  }
  const intervals = implied.map((_, i) => {
    const start = first[1].probabilities[i] ?? Number.NaN;
    let interval: ProbabilityInterval = { min: start, max: start, minMethod: first[0], maxMethod: first[0] };
    for (const [method, { probabilities }] of rest) {
      const p = probabilities[i] ?? Number.NaN;
      if (p < interval.min) interval = { ...interval, min: p, minMethod: method };
      if (p > interval.max) interval = { ...interval, max: p, maxMethod: method };
    }
    return interval;
  });
  const problematic = all.filter(([, fair]) => fair.problematic).map(([method]) => method);
  return { byMethod: Object.fromEntries(all), intervals, problematic };
}

const fairPrice = (probability: number): number => (probability > 0 ? 1 / probability : Number.POSITIVE_INFINITY);
