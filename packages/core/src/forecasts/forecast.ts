/**
 * Probabilities of all outcomes of one event, in a fixed order: home, draw, away; or yes, no. They add up to 1.
 * Outcomes are named by their index: 0 for home.
 */
export type Forecast = readonly number[];

/**
 * What is wrong with a forecast or a list of scores.
 *
 * - `INVALID_FORECAST`: fewer than 2 or more than 1000 outcomes, a probability outside 0 to 1, a sum other than 1
 * - `INVALID_OUTCOME`: an outcome that the forecast does not have
 * - `INVALID_PROBABILITY`: a single probability (or coverage) outside its range
 * - `INVALID_SCORES`: scores that are no finite numbers, lists of different lengths, too few or too many
 * - `INVALID_OPTION`: an option outside its range
 */
export type ForecastErrorCode =
  | 'INVALID_FORECAST'
  | 'INVALID_OUTCOME'
  | 'INVALID_PROBABILITY'
  | 'INVALID_SCORES'
  | 'INVALID_OPTION';

/** Input that cannot be scored; `value` is what was found. */
export class ForecastError extends Error {
  override readonly name = 'ForecastError';
  readonly code: ForecastErrorCode;
  readonly value: unknown;

  constructor(code: ForecastErrorCode, message: string, value: unknown) {
    super(message);
    this.code = code;
    this.value = value;
  }
}

const OUTCOMES_MAX = 1000;
const SUM_TOLERANCE = 1e-6;

/** @throws ForecastError `INVALID_FORECAST` */
export function checkForecast(forecast: Forecast): void {
  if (forecast.length < 2 || forecast.length > OUTCOMES_MAX) {
    const message = `A forecast has 2 to ${OUTCOMES_MAX} outcomes, got ${forecast.length}`;
    throw new ForecastError('INVALID_FORECAST', message, forecast.length);
  }
  let sum = 0;
  for (const [i, probability] of forecast.entries()) {
    if (!isProbability(probability)) {
      const message = `Probabilities are from 0 to 1, got ${probability} for outcome ${i}`;
      throw new ForecastError('INVALID_FORECAST', message, probability);
    }
    sum += probability;
  }
  if (Math.abs(sum - 1) > SUM_TOLERANCE) {
    const message = `Probabilities add up to 1, got ${sum} from ${forecast.join(', ')}`;
    throw new ForecastError('INVALID_FORECAST', message, sum);
  }
}

/**
 * The probability that a forecast gave to what happened.
 *
 * @throws ForecastError `INVALID_FORECAST`, `INVALID_OUTCOME`
 */
export function probabilityOf(forecast: Forecast, outcome: number): number {
  checkForecast(forecast);
  const probability = forecast[outcome];
  if (probability !== undefined) return probability;
  const message = `Outcomes of this forecast are 0 to ${forecast.length - 1}, got ${outcome}`;
  throw new ForecastError('INVALID_OUTCOME', message, outcome);
}

/**
 * @param name what it is a probability of, for the error
 * @throws ForecastError `INVALID_PROBABILITY`
 */
export function checkProbability(probability: number, name: string): void {
  if (isProbability(probability)) return;
  throw new ForecastError('INVALID_PROBABILITY', `${name} is from 0 to 1, got ${probability}`, probability);
}

/** Strings and null, which compare like numbers, are none. */
function isProbability(value: number): boolean {
  return Number.isFinite(value) && value >= 0 && value <= 1;
}
