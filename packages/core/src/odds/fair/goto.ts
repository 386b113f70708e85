import { bisect } from './bisect.ts';
import { type MarginMethod, sum } from './method.ts';

/**
 * p = r − s √(1−r): every outcome gives up the same number of standard errors per unit of its price (Goto,
 * goto_conversion). May leave [0, 1] for long shots under a large margin. The parameter is s.
 */
export const gotoConversion: MarginMethod = {
  remove: (implied, target) => {
    const errors = implied.map((r) => Math.sqrt(1 - r));
    const step = (sum(implied) - target) / sum(errors);
    return { probabilities: implied.map((r, i) => r - step * (errors[i] ?? 0)), parameter: step };
  },
  add: (probabilities, _target, booksum) => {
    const step = bisect((x) => sum(probabilities.map((p) => loaded(p, x / (1 - x)))), booksum);
    return probabilities.map((p) => loaded(p, step / (1 - step)));
  },
};

/** Solves p = r − s √(1−r) for r: a quadratic in √(1−r). */
function loaded(p: number, step: number): number {
  const root = (2 * (1 - p)) / (step + Math.sqrt(step * step + 4 * (1 - p)));
  return 1 - root * root;
}
