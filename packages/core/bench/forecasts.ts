/**
 * `npm run bench -- forecasts`: proper scores of three-way forecasts, calibration, and rank intervals of a contest of 100 entrants
 * over 104 matches. Reference: the ranked probability score of three outcomes, written out and unchecked.
 */
import {
  brierScore,
  calibration,
  forecastEvents,
  logScore,
  rankedProbabilityScore,
  rankIntervals,
  seededRandom,
} from '@scorekeep/core/forecasts';
import { type Bench, measure, ratioOf, rowsOf } from '../../../tooling/measure.ts';

const bench: Bench = async ({ quick, progress }) => {
  const rounds = quick ? 3 : 9;
  const random = seededRandom(1);
  const forecasts = Array.from({ length: quick ? 10_000 : 100_000 }, () => {
    const [home, draw, away] = [random() + 0.1, random() + 0.1, random() + 0.1];
    const sum = home + draw + away;
    return { forecast: [home / sum, draw / sum, away / sum], outcome: Math.floor(random() * 3) };
  });
  const score = (name: string, of: (forecast: readonly number[], outcome: number) => number) => ({
    case: name,
    items: forecasts.length,
    run: () => forecasts.reduce((sum, { forecast, outcome }) => sum + of(forecast, outcome), 0),
  });
  const scored = await measure({
    contenders: [
      score('brier', brierScore),
      score('log', logScore),
      score('rps', rankedProbabilityScore),
      score('rps-by-hand', rpsByHand),
      { case: 'calibration', items: forecasts.length, run: () => calibration(forecastEvents(forecasts)) },
    ],
    rounds,
    progress,
  });
  const entrants = Array.from({ length: 100 }, (_, i) => [
    `e${i}`,
    Array.from({ length: 104 }, () => Math.floor(random() * 5)),
  ]);
  const scores: Record<string, number[]> = Object.fromEntries(entrants);
  const resamples = quick ? 200 : 1000;
  const intervals = await measure({
    contenders: [
      {
        case: 'rank-intervals-of-100-entrants',
        items: resamples,
        run: () => rankIntervals(scores, { random: seededRandom(1), better: 'more', resamples }),
      },
    ],
    rounds,
    progress,
  });
  return {
    bench: 'forecasts',
    rows: [...rowsOf(scored, 'forecast'), ...rowsOf(intervals, 'resample')],
    ratios: { 'rps_vs_rps-by-hand': ratioOf(scored, 'rps', 'rps-by-hand') },
  };
};

export default bench;

function rpsByHand([home = 0, draw = 0]: readonly number[], outcome: number): number {
  const first = home - (outcome === 0 ? 1 : 0);
  const second = home + draw - (outcome <= 1 ? 1 : 0);
  return (first * first + second * second) / 2;
}
