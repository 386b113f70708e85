/** Predictions and results with the mixture of a real contest: a few are missing or out of bounds. */
export interface Predictions {
  readonly home: (number | null)[];
  readonly away: (number | null)[];
  readonly resultHome: (number | null)[];
  readonly resultAway: (number | null)[];
}

/** The same rows for the same count, from a fixed seed. */
export function predictions(count: number): Predictions {
  const random = seeded(2026);
  const goals = (): number => Math.floor(random() ** 2 * 5);
  const column = (odd: number): (number | null)[] =>
    Array.from({ length: count }, () => {
      const luck = random();
      return luck < odd ? null : luck < 2 * odd ? 120 : goals();
    });
  return { home: column(0.002), away: column(0.002), resultHome: column(0), resultAway: column(0) };
}

/** Predictions of a draw, most of them far off, and the draw itself: team 4 k + i is in group k + 1. */
export function draws(count: number): {
  readonly teams: number[][];
  readonly groupOf: number[][];
  readonly marked: number[];
} {
  const random = seeded(48);
  const truth = Array.from({ length: 48 }, (_, team) => Math.floor(team / 4) + 1);
  const teams = Array.from({ length: count }, () => {
    const order = Array.from({ length: 48 }, (_, team) => team + 1);
    const swaps = Math.floor(random() * 40);
    for (let swap = 0; swap < swaps; swap++) {
      const [a, b] = [Math.floor(random() * 48), Math.floor(random() * 48)];
      [order[a], order[b]] = [order[b] ?? 0, order[a] ?? 0];
    }
    return order;
  });
  return { teams, groupOf: new Array<number[]>(count).fill(truth), marked: new Array<number>(count).fill(27) };
}

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
