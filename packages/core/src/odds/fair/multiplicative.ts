import { type MarginMethod, sum } from './method.ts';

/** p = r · target / Σr: every outcome carries margin in proportion to its probability. Also "basic", "proportional", "normalisation". */
export const multiplicative: MarginMethod = {
  remove: (implied, target) => {
    const factor = target / sum(implied);
    return { probabilities: implied.map((r) => r * factor) };
  },
  add: (probabilities, target, booksum) => probabilities.map((p) => (p * booksum) / target),
};
