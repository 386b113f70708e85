import { checkProbability, type Forecast, ForecastError, probabilityOf } from './forecast.ts';

/**
 * Points of the FiveThirtyEight NFL forecasting game: `25 - 100 (p - o)²`, from 25 (certain and right) over 0 (fifty-fifty) to
 * -75. More is better.
 *
 * @param probability of the event, 0 to 1
 * @param happened whether it did (o = 1) or not (o = 0)
 * @throws ForecastError `INVALID_PROBABILITY`
 */
export function quadraticPoints(probability: number, happened: boolean): number {
  checkProbability(probability, 'The probability');
  return 25 - 100 * (probability - (happened ? 1 : 0)) ** 2;
}

/**
 * Baseline score of Metaculus: `100 ln(p n) / ln n` for n outcomes, so that equal probabilities score 0 and certainty 100. More is
 * better; minus infinity for what was said to be impossible.
 *
 * @param coverage share of the time during which the forecast stood, 0 to 1; it multiplies the score
 * @throws ForecastError `INVALID_FORECAST`, `INVALID_OUTCOME`, `INVALID_PROBABILITY`
 */
export function baselineScore(forecast: Forecast, outcome: number, coverage = 1): number {
  const probability = probabilityOf(forecast, outcome);
  checkProbability(coverage, 'The coverage');
  if (coverage === 0) return 0;
  return (coverage * 100 * Math.log(probability * forecast.length)) / Math.log(forecast.length);
}

/**
 * Peer scores of Metaculus: `100 n / (n - 1) ln(p / g)` with g the geometric mean over all n forecasters, which is a hundred times
 * the mean lead in log score over each of the others. The scores of all add up to 0; more is better.
 *
 * @param probabilities what each forecaster gave to the outcome that happened; above 0, since one 0 would make the lead of
 *   everybody else infinite: bound forecasts before, for instance to 0.001
 * @returns one score per forecaster in the same order; a single forecaster scores 0
 * @throws ForecastError `INVALID_PROBABILITY`
 */
export function peerScores(probabilities: readonly number[]): number[] {
  const logs = probabilities.map((probability, i) => {
    checkProbability(probability, `The probability of forecaster ${i}`);
    if (probability > 0) return Math.log(probability);
    const message = `Peer scores need probabilities above 0, got 0 from forecaster ${i}: bound forecasts before`;
    throw new ForecastError('INVALID_PROBABILITY', message, probability);
  });
  const n = logs.length;
  const mean = logs.reduce((sum, log) => sum + log, 0) / n;
  return logs.map((log) => (n === 1 ? 0 : (100 * n * (log - mean)) / (n - 1)));
}
