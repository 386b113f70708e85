import { addMargin } from '@scorekeep/core/odds';

const BOOKS = [
  { book: 'sharp', overround: 0.025, error: 0.01 },
  { book: 'exchange', overround: 0.01, error: 0.04 },
  { book: 'highstreet', overround: 0.07, error: 0.12 },
  { book: 'newcomer', overround: 0.05, error: 0.2 },
];
const START = Date.UTC(2026, 5, 11, 18, 0);

/**
 * Quotes of four invented books on invented matches, with results drawn from the true probabilities. Margins are put
 * on with the power method, so that a method which takes them off otherwise shows in the calibration.
 */
export function* sample(options: { readonly matches: number; readonly seed: number }): Generator<string> {
  const random = uniform(options.seed);
  yield 'market,type,outcome,book,odds,at,won';
  for (let match = 1; match <= options.matches; match++) {
    const truth = normalised([0.1 + random() ** 2, 0.25 + random() / 10, 0.1 + random() ** 2]);
    const drawn = random();
    const winner = drawn < (truth[0] ?? 0) ? 0 : drawn < (truth[0] ?? 0) + (truth[1] ?? 0) ? 1 : 2;
    for (const { book, overround, error } of BOOKS) {
      const believed = normalised(truth.map((p) => p * (1 + error * (2 * random() - 1))));
      const at = new Date(START + Math.floor(random() * 480) * 1000).toISOString();
      for (const [i, price] of addMargin(believed, { overround, method: 'power' }).entries()) {
        const odds = Math.max(1.01, Math.floor(price * 100) / 100).toFixed(2);
        yield `match ${match},1x2,${['home', 'draw', 'away'][i]},${book},${odds},${at},${i === winner ? 1 : 0}`;
      }
    }
  }
}

function normalised(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Mulberry32: the same sample for the same seed on every machine. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
