import { type MarginMethod, sum } from './method.ts';

/**
 * p = r − (Σr − target)/n: every outcome carries the same margin, whatever its probability; long shots may come out
 * negative. The same numbers are published as "margin weights proportional to the odds" and "differential margin
 * weighting" (Buchdahl, Wisdom of the Crowd), because 1/O = 1/o − M/n; with two outcomes Shin's method gives them too.
 */
export const additive: MarginMethod = {
  remove: (implied, target) => {
    const share = (sum(implied) - target) / implied.length;
    return { probabilities: implied.map((r) => r - share) };
  },
  add: (probabilities, target, booksum) => {
    const share = (booksum - target) / probabilities.length;
    return probabilities.map((p) => p + share);
  },
};
