import { LoadtestError } from '../loadtest-error.ts';
import { bootstrap, type Interval } from './bootstrap.ts';
import { median } from './quantile.ts';

/** One round: both sides measured one right after the other, so that what the machine does meets both. Less is better. */
export interface Pair {
  readonly base: number;
  readonly candidate: number;
  /** Which side ran first. Half of the rounds must begin with each, or a drift of the machine looks like a change. */
  readonly first: 'base' | 'candidate';
}

/** `pass` and `fail` are certain at the confidence; `inconclusive` says that the interval still holds the budget. */
export type Decision = 'pass' | 'fail' | 'inconclusive';

export interface PairedRatio extends Interval {
  readonly decision: Decision;
  readonly rounds: number;
  /** Whether more rounds may decide what is inconclusive. */
  readonly moreRounds: boolean;
}

export interface PairedRatioOptions {
  /** The increase that is allowed: 0.1 for 10 %. */
  readonly maxIncrease: number;
  /** Rounds before anything is decided, and rounds after which nothing more is measured. */
  readonly rounds: readonly [least: number, most: number];
  readonly random: () => number;
  /** 0.95 unless given. */
  readonly confidence?: number;
}

/**
 * Decides whether a candidate costs more than its budget: the median of the rounds' ratios candidate / base with its bootstrap
 * interval. It fails only when the whole interval lies beyond 1 + `maxIncrease`, and passes only when all of it lies below:
 * intervals of few rounds are over-confident, so that "does not hold 1" would accuse code that did not change.
 *
 * @throws LoadtestError `TOO_FEW_MEASUREMENTS` for fewer than the least rounds; `OPTION_INVALID` for rounds that are not
 * interleaved, a measurement that is not above 0, or options that mean nothing
 */
export function pairedRatio(
  pairs: readonly Pair[],
  { maxIncrease, rounds: [least, most], random, confidence = 0.95 }: PairedRatioOptions,
): PairedRatio {
  if (!(maxIncrease >= 0 && maxIncrease < Number.POSITIVE_INFINITY)) {
    throw new LoadtestError('OPTION_INVALID', `maxIncrease must be a number from 0, got ${maxIncrease}`, {
      maxIncrease,
    });
  }
  if (!(Number.isInteger(least) && Number.isInteger(most) && least >= 4 && most >= least)) {
    throw new LoadtestError(
      'OPTION_INVALID',
      `rounds must be whole numbers from 4, the less first, got ${least}, ${most}`,
    );
  }
  if (pairs.length < least) {
    const message = `A decision needs at least ${least} rounds, got ${pairs.length}`;
    throw new LoadtestError('TOO_FEW_MEASUREMENTS', message, { least, rounds: pairs.length });
  }
  const wrong = pairs.find(({ base, candidate }) => !(base > 0 && candidate > 0 && Number.isFinite(base + candidate)));
  if (wrong !== undefined) {
    const message = `Each side of a round must be above 0, got base ${wrong.base} and candidate ${wrong.candidate}`;
    throw new LoadtestError('OPTION_INVALID', message);
  }
  const baseFirst = pairs.filter(({ first }) => first === 'base').length;
  if (Math.abs(2 * baseFirst - pairs.length) > 1) {
    const message = `Rounds must begin with base and candidate in turn; ${baseFirst} of ${pairs.length} began with base`;
    throw new LoadtestError('OPTION_INVALID', message, { baseFirst, rounds: pairs.length });
  }
  // Logarithms, so that twice as much and half as much are equally far from no change.
  const logs = pairs.map(({ base, candidate }) => Math.log(candidate / base));
  const { estimate, low, high } = bootstrap(logs, median, { random, confidence });
  const budget = Math.log(1 + maxIncrease);
  const decision = low > budget ? 'fail' : high <= budget ? 'pass' : 'inconclusive';
  return {
    estimate: Math.exp(estimate),
    low: Math.exp(low),
    high: Math.exp(high),
    decision,
    rounds: pairs.length,
    moreRounds: decision === 'inconclusive' && pairs.length < most,
  };
}
