import { addMargin, type Quote } from '@scorekeep/core/odds';

export const NOW = 1_750_000_000_000;
export const ANCHOR = 'sharp';

/** Quotes of 20 books on three-way markets: true prices with a margin of 2 % (sharp) to 8 %, and soft books that err. */
export function syntheticBoard(quotes: number, seed = 1): Quote[] {
  const random = uniform(seed);
  const books = [ANCHOR, ...Array.from({ length: 19 }, (_, i) => `soft ${i + 1}`)];
  const board: Quote[] = [];
  for (let market = 0; board.length < quotes; market++) {
    const strength = [0.2 + random(), 0.2 + random() / 3, 0.2 + random()];
    for (const book of books) {
      const error = book === ANCHOR ? 0 : 0.3;
      const believed = strength.map((value) => value * (1 + error * (random() - 0.5)));
      const total = believed.reduce((sum, value) => sum + value, 0);
      const odds = addMargin(
        believed.map((value) => value / total),
        { overround: book === ANCHOR ? 0.02 : 0.03 + 0.05 * random(), method: 'odds-ratio' },
      );
      for (const [i, outcome] of ['home', 'draw', 'away'].entries()) {
        const price = Math.round((odds[i] ?? 2) * 100) / 100;
        board.push({ market: `m${market}`, outcome, book, odds: price, at: NOW - Math.floor(random() * 300_000) });
      }
    }
  }
  return board.slice(0, quotes);
}

/** Three-way markets by themselves. */
export function syntheticMarkets(count: number): number[][] {
  const board = syntheticBoard(count * 3, 2);
  return Array.from({ length: count }, (_, i) => board.slice(3 * i, 3 * i + 3).map(({ odds }) => odds));
}

/** Mulberry32: enough for a bench, the same on every machine. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
