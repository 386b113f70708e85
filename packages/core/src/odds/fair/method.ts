/** One way of taking a bookmaker's margin out of implied probabilities, and of putting it in. */
export interface MarginMethod {
  /**
   * @param implied 1/odds of every outcome, each in (0, 1), summing to more than `target`
   * @returns what sums to `target`, and the solved parameter where the method has one
   */
  readonly remove: (implied: readonly number[], target: number) => Removed;
  /**
   * The inverse: implied probabilities that sum to `booksum` and from which `remove` gives `probabilities` back.
   *
   * @param probabilities each in (0, 1), summing to `target`, which is below `booksum`
   */
  readonly add: (probabilities: readonly number[], target: number, booksum: number) => number[];
}

interface Removed {
  readonly probabilities: number[];
  readonly parameter?: number;
}

export const sum = (values: readonly number[]): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};
