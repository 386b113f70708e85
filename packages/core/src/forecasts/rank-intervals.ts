import { ForecastError } from './forecast.ts';
import { readScores, type ScoreTable } from './score-table.ts';

export interface RankIntervalOptions {
  /** Random numbers from 0 (included) to 1 (excluded), such as {@link seededRandom} gives; the same ones, the same intervals. */
  readonly random: () => number;
  /** Which totals are better: `more` (points) or `less` (Brier, log, RPS). */
  readonly better: 'more' | 'less';
  /** How many contests to draw, 100 to 100 000; default 1000. */
  readonly resamples?: number;
  /** Share of the drawn ranks that an interval holds, above 0 and below 1; default 0.95. */
  readonly level?: number;
}

/** An entrant's rank, and the ranks that other luck with the matches could have given. */
export interface RankInterval {
  readonly entrant: string;
  readonly total: number;
  /** Rank by total; equals share it and the next rank is skipped. */
  readonly rank: number;
  /** Bounds of the interval, both included: percentiles of the drawn ranks. */
  readonly low: number;
  readonly high: number;
  /** Share of the drawn contests in which the entrant was first, alone or with others. */
  readonly first: number;
}

const ADDITIONS_MAX = 2_000_000_000;
const RANKS_MAX = 50_000_000;

/**
 * Bootstrap interval of each entrant's rank: draws as many matches as there were, with replacement and the same ones for
 * everybody, ranks the totals, and repeats. Wide intervals say that the order owes much to luck.
 *
 * Source: Efron 1979, Bootstrap methods: another look at the jackknife (percentile intervals); for ranks Goldstein and
 * Spiegelhalter 1996, League tables and their limitations.
 *
 * @param scores whole numbers (points, milli-points) keep ties exact
 * @returns best first, equals by name
 * @throws ForecastError `INVALID_SCORES` for lists of different lengths, numbers that are not finite, or no entrants;
 *   `INVALID_OPTION`, also for more work than 2 000 000 000 additions or 50 000 000 ranks to keep
 */
export function rankIntervals(scores: ScoreTable, options: RankIntervalOptions): RankInterval[] {
  const { random, better, resamples = 1000, level = 0.95 } = options;
  const { entrants, lists, matches } = readScores(scores);
  checkOptions(resamples, level, entrants.length, matches);

  const sign = better === 'more' ? 1 : -1;
  const totals = lists.map((list) => list.reduce((sum, score) => sum + score, 0));
  const ranks = rankTotals(totals.map((total) => sign * total));
  const drawn = entrants.map(() => new Uint32Array(resamples));
  for (let i = 0; i < resamples; i++) {
    const times = drawMatches(matches, random);
    const ranksOfDraw = rankTotals(lists.map((list) => sign * weighted(list, times)));
    drawn.forEach((list, entrant) => {
      list[i] = ranksOfDraw[entrant] ?? 0;
    });
  }
  return entrants
    .map((entrant, i): RankInterval => {
      const sorted = (drawn[i] ?? new Uint32Array()).sort();
      // The little less keeps 0.025 x 200 = 5.000000000000004 from becoming the sixth.
      const quantile = (share: number): number => sorted[Math.max(0, Math.ceil(share * resamples - 1e-6) - 1)] ?? 0;
      const first = sorted.lastIndexOf(1) + 1;
      return {
        entrant,
        total: totals[i] ?? 0,
        rank: ranks[i] ?? 0,
        low: quantile((1 - level) / 2),
        high: quantile((1 + level) / 2),
        first: first / resamples,
      };
    })
    .sort((a, b) => a.rank - b.rank);
}

function checkOptions(resamples: number, level: number, entrants: number, matches: number): void {
  const refuse = (message: string, value: unknown): never => {
    throw new ForecastError('INVALID_OPTION', message, value);
  };
  if (!Number.isInteger(resamples) || resamples < 100 || resamples > 100_000)
    refuse(`The number of resamples is from 100 to 100000, got ${resamples}`, resamples);
  if (!(level > 0 && level < 1)) refuse(`The level is above 0 and below 1, got ${level}`, level);
  if (resamples * entrants * matches > ADDITIONS_MAX || resamples * entrants > RANKS_MAX) {
    const size = `${resamples} resamples of ${entrants} entrants and ${matches} matches`;
    refuse(`${size} are more than ${ADDITIONS_MAX} additions or ${RANKS_MAX} ranks: draw fewer`, resamples);
  }
}

/** How many times each match was drawn. */
function drawMatches(matches: number, random: () => number): Uint32Array {
  const times = new Uint32Array(matches);
  for (let i = 0; i < matches; i++) {
    const match = Math.floor(random() * matches);
    if (!(match >= 0 && match < matches))
      throw new ForecastError('INVALID_OPTION', `Random numbers are from 0 to below 1, got ${match / matches}`, match);
    times[match] = (times[match] ?? 0) + 1;
  }
  return times;
}

function weighted(list: Float64Array, times: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < list.length; i++) sum += (list[i] ?? 0) * (times[i] ?? 0);
  return sum;
}

/** Ranks 1224, more is better, in the order of the totals. */
function rankTotals(totals: readonly number[]): number[] {
  const sorted = Float64Array.from(totals).sort().reverse();
  const ranks = new Map<number, number>();
  sorted.forEach((total, i) => {
    if (!ranks.has(total)) ranks.set(total, i + 1);
  });
  return totals.map((total) => ranks.get(total) ?? 0);
}
