const HALVINGS = 60;

/**
 * Where an increasing function of (0, 1) passes `goal`. The number of steps is fixed, so that the same input gives the
 * same bits on every machine, and no input can make it hang; 2^-60 is below the spacing of doubles near 1.
 */
export function bisect(increasing: (x: number) => number, goal: number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (increasing(middle) < goal) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
