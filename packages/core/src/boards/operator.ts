import { shown } from '../text/shown.ts';
import { BoardError } from './board-error.ts';

/**
 * How a subject's facts become one score.
 *
 * - `best`: the best run as it happened, all columns of that run, compared first column first
 * - `latest`: the run with the greatest time; of two at one moment the better
 * - `sum`, `average`: each column by itself
 * - `count`: how many facts; it has no columns
 * - `averageOfTop`: the average, column by column, of the best so many runs, or of all where there are fewer
 * - `decay`: the sum of each column, where a value loses a part of itself with each step of time
 */
export type Operator =
  | 'best'
  | 'sum'
  | 'latest'
  | 'count'
  | 'average'
  | { readonly averageOfTop: number }
  | { readonly decay: Decay };

/** A value keeps `keep[0] / keep[1]` of itself with each step of `every` milliseconds, steps counted from the epoch. */
export interface Decay {
  readonly keep: readonly [numerator: number, denominator: number];
  readonly every: number;
}

/** Most runs that an average of the best counts. */
const TOP_MAX = 1000;

/** @throws BoardError BOARD_INVALID */
export function assertOperator(operator: Operator): void {
  if (typeof operator === 'string') {
    if (['best', 'sum', 'latest', 'count', 'average'].includes(operator)) return;
  } else if ('averageOfTop' in operator) {
    const { averageOfTop: n } = operator;
    if (Number.isInteger(n) && n >= 1 && n <= TOP_MAX) return;
    throw new BoardError('BOARD_INVALID', `averageOfTop must be a whole number from 1 to ${TOP_MAX}, got ${n}`, n);
  } else if ('decay' in operator) {
    const { keep, every } = operator.decay;
    const [numerator, denominator] = keep;
    const fraction = Number.isInteger(numerator) && Number.isInteger(denominator);
    if (!fraction || numerator < 1 || numerator >= denominator || denominator > 1000) {
      const got = JSON.stringify(keep);
      throw new BoardError('BOARD_INVALID', `decay.keep must be a fraction below 1 in at most thousandths, got ${got}`);
    }
    if (Number.isSafeInteger(every) && every >= 1) return;
    throw new BoardError('BOARD_INVALID', `decay.every must be whole milliseconds, got ${every}`, every);
  }
  throw new BoardError('BOARD_INVALID', `Unknown operator ${shown(operator)}`, operator);
}

/** Whether an operator needs the time of each fact. */
export const needsTime = (operator: Operator): boolean => operator === 'latest' || isDecay(operator);

/** Whether an operator needs the moment that it is seen at. */
export const isDecay = (operator: Operator): boolean => typeof operator === 'object' && 'decay' in operator;
