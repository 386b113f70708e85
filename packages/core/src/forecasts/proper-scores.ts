import { type Forecast, probabilityOf } from './forecast.ts';

/**
 * Brier score as Brier defined it: the squared differences to what happened, summed over all outcomes. From 0 (certain and
 * right) to 2 (certain and wrong); less is better. Two outcomes give twice `(p - o)²`; for that see {@link halfBrierScore}.
 *
 * Source: Brier 1950, Verification of forecasts expressed in terms of probability.
 *
 * @throws ForecastError `INVALID_FORECAST`, `INVALID_OUTCOME`; so do all scores here
 */
export function brierScore(forecast: Forecast, outcome: number): number {
  probabilityOf(forecast, outcome);
  return forecast.reduce((sum, probability, i) => sum + (probability - (i === outcome ? 1 : 0)) ** 2, 0);
}

/** Half of {@link brierScore}, from 0 to 1: the convention in which an event with two outcomes scores `(p - o)²`. Less is better. */
export function halfBrierScore(forecast: Forecast, outcome: number): number {
  return brierScore(forecast, outcome) / 2;
}

/**
 * Logarithmic score, `-log p` of what happened: from 0 to infinity (it was said to be impossible); less is better.
 *
 * Source: Good 1952, Rational decisions.
 *
 * @param unit natural logarithm (`nats`) or to base 2 (`bits`)
 */
export function logScore(forecast: Forecast, outcome: number, unit: 'nats' | 'bits' = 'nats'): number {
  const probability = probabilityOf(forecast, outcome);
  return 0 - (unit === 'bits' ? Math.log2(probability) : Math.log(probability));
}

/**
 * Ranked probability score, for outcomes in a natural order such as home, draw, away: the squared differences of the cumulated
 * probabilities, divided by the number of outcomes less one. From 0 to 1; less is better; near misses cost less.
 *
 * Source: Epstein 1969; in this normalisation Constantinou and Fenton 2012, Solving the problem of inadequate scoring rules
 * for assessing probabilistic football forecast models.
 */
export function rankedProbabilityScore(forecast: Forecast, outcome: number): number {
  probabilityOf(forecast, outcome);
  let cumulated = 0;
  let sum = 0;
  for (const [i, probability] of forecast.slice(0, -1).entries()) {
    cumulated += probability;
    sum += (cumulated - (i >= outcome ? 1 : 0)) ** 2;
  }
  return sum / (forecast.length - 1);
}

/**
 * Spherical score: the probability of what happened over the length of the forecast as a vector. From 0 to 1; MORE is better.
 *
 * Source: Roby 1965; Gneiting and Raftery 2007, Strictly proper scoring rules, prediction, and estimation.
 */
export function sphericalScore(forecast: Forecast, outcome: number): number {
  return probabilityOf(forecast, outcome) / Math.hypot(...forecast);
}
