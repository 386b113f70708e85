import { exp, log } from '../real.ts';
import { bisect } from './bisect.ts';
import type { MarginMethod } from './method.ts';

/**
 * p = r^k with the k ≥ 1 that makes them sum to the target (Vovk & Zhdanov 2009; Buchdahl calls it "logarithmic").
 * The parameter is k.
 */
export const power: MarginMethod = {
  remove: (implied, target) => {
    const logs = implied.map(log);
    const k = 1 / bisect((x) => sumOfPowers(logs, 1 / x), target);
    return { probabilities: logs.map((l) => exp(k * l)), parameter: k };
  },
  add: (probabilities, _target, booksum) => {
    const logs = probabilities.map(log);
    const exponent = 1 - bisect((x) => sumOfPowers(logs, 1 - x), booksum);
    return logs.map((l) => exp(exponent * l));
  },
};

function sumOfPowers(logs: readonly number[], exponent: number): number {
  let total = 0;
  for (const l of logs) total += exp(exponent * l);
  return total;
}
