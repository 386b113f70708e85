import { bisect } from './bisect.ts';
import { type MarginMethod, sum } from './method.ts';

/**
 * Shin's model: a share z of the bettors are insiders, and the book prices against them (Shin 1992, 1993; inversion by
 * Jullien & Salanié 1994): p = (√(z² + 4(1−z) r²/Σr) − z) / (2(1−z)), with the z in [0, 1) that makes them sum to 1.
 * The parameter is z. A target other than 1 is met by scaling: the model is applied to r/target.
 */
export const shin: MarginMethod = {
  remove: (implied, target) => {
    const booksum = sum(implied);
    const squares = implied.map((r) => (r * r) / (booksum * target));
    const z = 1 - bisect((x) => sumOfShin(squares, 1 - x), 1);
    return { probabilities: squares.map((q) => target * probability(q, z)), parameter: z };
  },
  /** r = y Σy with y = √(z p + (1−z) p²), Shin 1993 equation 5. */
  add: (probabilities, target, booksum) => {
    const scaled = probabilities.map((p) => p / target);
    const roots = (z: number): number[] => scaled.map((p) => Math.sqrt(p * (z + (1 - z) * p)));
    const z = bisect((x) => sum(roots(x)) ** 2, booksum / target);
    const y = roots(z);
    const total = sum(y);
    return y.map((root) => target * root * total);
  },
};

/** The formula with its numerator made rational, which loses no digits at any z in [0, 1]. */
const probability = (q: number, z: number): number => (2 * q) / (z + Math.sqrt(z * z + 4 * (1 - z) * q));

function sumOfShin(squares: readonly number[], z: number): number {
  let total = 0;
  for (const q of squares) total += probability(q, z);
  return total;
}
