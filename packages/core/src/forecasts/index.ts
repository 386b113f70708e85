/** Forecasts: proper scores of probabilities, calibration and sharpness, luck and skill. */
export {
  type Calibration,
  type CalibrationBin,
  calibration,
  type ForecastEvent,
  forecastEvents,
  sharpness,
} from './calibration.ts';
export { type Forecast, ForecastError, type ForecastErrorCode } from './forecast.ts';
export { baselineScore, peerScores, quadraticPoints } from './forecast-points.ts';
export { brierScore, halfBrierScore, logScore, rankedProbabilityScore, sphericalScore } from './proper-scores.ts';
export { type RankInterval, type RankIntervalOptions, rankIntervals } from './rank-intervals.ts';
export type { ScoreTable } from './score-table.ts';
export { seededRandom } from './seeded-random.ts';
export { skillShare } from './skill-share.ts';
