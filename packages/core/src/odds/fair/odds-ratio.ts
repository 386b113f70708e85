import { bisect } from './bisect.ts';
import type { MarginMethod } from './method.ts';

/**
 * r/(1−r) = c · p/(1−p): the book multiplies every outcome's odds ratio by the same c ≥ 1 (Cheung 2015). So
 * p = r/(c + r − c r). The parameter is c. A constant shift of log-odds ("logarithmic", "logit") is the same method.
 */
export const oddsRatio: MarginMethod = {
  remove: (implied, target) => {
    const c = 1 / bisect((x) => sumAt(implied, x), target);
    return { probabilities: implied.map((r) => shifted(r, 1 / c)), parameter: c };
  },
  add: (probabilities, _target, booksum) => {
    const inverse = 1 - bisect((x) => sumAt(probabilities, 1 / (1 - x)), booksum);
    return probabilities.map((p) => shifted(p, 1 / inverse));
  },
};

/** The probability whose odds ratio is `factor` times that of p. */
const shifted = (p: number, factor: number): number => (p * factor) / (1 - p + p * factor);

function sumAt(values: readonly number[], factor: number): number {
  let total = 0;
  for (const value of values) total += shifted(value, factor);
  return total;
}
