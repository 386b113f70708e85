/**
 * `npm run bench -- odds`: markets per second per margin method, and a board of 100 000 quotes to opportunities.
 * References: the fixed-point iteration of the Python package `shin` (up to 1000 steps to 1e-12), power by bisection to
 * 1e-12 over `Math.pow`, and for the board with one method the same decision as a hand-written loop.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DEVIG_METHODS, fairOdds, findOpportunities, type Quote } from '@scorekeep/core/odds';
import { type Bench, type BenchRow, measure, ratioOf, rowsOf } from '../../../tooling/measure.ts';
import { ANCHOR, NOW, syntheticBoard, syntheticMarkets } from './odds/synthetic-board.ts';

const bench: Bench = async ({ quick, progress }) => {
  const markets = syntheticMarkets(quick ? 500 : 5_000);
  const rounds = quick ? 3 : 9;
  const byMethod = [...DEVIG_METHODS, 'worst-case' as const].map((method) => ({
    case: method,
    items: markets.length,
    run: () => {
      let kept = 0;
      for (const odds of markets) kept += fairOdds(odds, { method }).probabilities[0] ?? 0;
      return kept;
    },
  }));
  const reference = (name: string, remove: (odds: readonly number[]) => number) => ({
    case: name,
    items: markets.length,
    run: () => markets.reduce((kept, odds) => kept + remove(odds), 0),
  });
  progress(`${markets.length} three-way markets`);
  const priced = await measure({
    contenders: [...byMethod, reference('shin-fixed-point', shinFixedPoint), reference('power-math-pow', powerMathPow)],
    rounds,
    progress,
  });

  const board = syntheticBoard(quick ? 10_000 : 100_000);
  progress(`a board of ${board.length} quotes`);
  const options = { now: NOW, anchors: [ANCHOR] };
  const judged = await measure({
    contenders: [
      { case: 'board', items: board.length, run: () => findOpportunities(board, options) },
      {
        case: 'board-one-method',
        items: board.length,
        run: () => findOpportunities(board, { ...options, methods: ['multiplicative'] }),
      },
      { case: 'hand-loop', items: board.length, run: () => handLoop(board) },
    ],
    rounds,
    progress,
  });
  return {
    bench: 'odds',
    rows: [...rowsOf(priced, 'market'), ...rowsOf(judged, 'quote'), ...memory(board)],
    ratios: {
      'shin_vs_shin-fixed-point': ratioOf(priced, 'shin', 'shin-fixed-point'),
      'power_vs_power-math-pow': ratioOf(priced, 'power', 'power-math-pow'),
      'board-one-method_vs_hand-loop': ratioOf(judged, 'board-one-method', 'hand-loop'),
    },
  };
};

export default bench;

/** What the report keeps on the heap, and the most memory the process has had, board and benchmark included. */
function memory(board: readonly Quote[]): BenchRow[] {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const once = (name: string, bytes: number): BenchRow => {
    const value = bytes / 2 ** 20;
    return { case: name, median: value, min: value, max: value, unit: 'MiB', n: 1 };
  };
  collect();
  const before = process.memoryUsage().heapUsed;
  const start = performance.now();
  const report = findOpportunities(board, { now: NOW, anchors: [ANCHOR] });
  const milliseconds = performance.now() - start;
  collect();
  const kept = process.memoryUsage().heapUsed - before;
  return [
    {
      case: `board, ${report.opportunities.length} opportunities`,
      median: milliseconds,
      min: milliseconds,
      max: milliseconds,
      unit: 'ms',
      n: 1,
    },
    once('board: heap kept by the report', kept),
    once('process: highest resident set', process.resourceUsage().maxRSS * 1024),
  ];
}

function shinFixedPoint(odds: readonly number[]): number {
  const implied = odds.map((value) => 1 / value);
  const booksum = implied.reduce((sum, r) => sum + r, 0);
  let z = 0;
  for (let i = 0, delta = 1; i < 1_000 && delta > 1e-12; i++) {
    const roots = implied.reduce((sum, r) => sum + Math.sqrt(z * z + (4 * (1 - z) * r * r) / booksum), 0);
    const next = (roots - 2) / (implied.length - 2);
    delta = Math.abs(next - z);
    z = next;
  }
  const [r = 0] = implied;
  return (Math.sqrt(z * z + (4 * (1 - z) * r * r) / booksum) - z) / (2 * (1 - z));
}

function powerMathPow(odds: readonly number[]): number {
  const implied = odds.map((value) => 1 / value);
  let [low, high] = [1, 4];
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    let total = 0;
    for (const r of implied) total += r ** middle;
    if (total > 1) low = middle;
    else high = middle;
  }
  return (implied[0] ?? 0) ** low;
}

/** The same decision for one method, written out: the latest fresh quotes, whole markets of the anchor, prices above the fair one. */
function handLoop(board: readonly Quote[]): { quote: Quote; value: number }[] {
  const latest = new Map<string, Quote>();
  for (const quote of board) {
    const key = `${quote.market}|${quote.book}|${quote.outcome}`;
    const earlier = latest.get(key);
    if (NOW - quote.at <= 600_000 && (earlier === undefined || earlier.at <= quote.at)) latest.set(key, quote);
  }
  const markets = new Map<string, { outcomes: Set<string>; anchor: Map<string, number>; offers: Quote[] }>();
  for (const quote of latest.values()) {
    let market = markets.get(quote.market);
    if (market === undefined) {
      market = { outcomes: new Set(), anchor: new Map(), offers: [] };
      markets.set(quote.market, market);
    }
    market.outcomes.add(quote.outcome);
    if (quote.book === ANCHOR) market.anchor.set(quote.outcome, 1 / quote.odds);
    else market.offers.push(quote);
  }
  const found: { quote: Quote; value: number }[] = [];
  for (const { outcomes, anchor, offers } of markets.values()) {
    if (anchor.size < outcomes.size) continue;
    let booksum = 0;
    for (const r of anchor.values()) booksum += r;
    for (const quote of offers) {
      const value = ((anchor.get(quote.outcome) ?? 0) / booksum) * quote.odds - 1;
      if (value > 0) found.push({ quote, value });
    }
  }
  return found.sort((a, b) => b.value - a.value);
}
