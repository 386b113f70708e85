import { checkForecast, checkProbability, type Forecast, ForecastError, probabilityOf } from './forecast.ts';

/** A probability that was given to an event, and whether the event happened. */
export interface ForecastEvent {
  readonly probability: number;
  readonly happened: boolean;
}

/** Events whose probabilities lie between two bounds: a point of the reliability diagram. */
export interface CalibrationBin {
  /** Included. */
  readonly from: number;
  /** Excluded, but for the last bin. */
  readonly to: number;
  readonly count: number;
  /** Mean of the probabilities given. */
  readonly probability: number;
  /** Share of the events that happened. */
  readonly frequency: number;
}

/** Whether events happened as often as they were said to. */
export interface Calibration {
  /** Bins that have events, from low to high. */
  readonly bins: readonly CalibrationBin[];
  /** Expected calibration error: mean of |probability - frequency| over events, by bin. 0 is best. */
  readonly error: number;
  /** Mean of `(p - o)²`; equals reliability - resolution + uncertainty + withinBins. */
  readonly brier: number;
  /** How far frequencies lie from the probabilities; less is better. */
  readonly reliability: number;
  /** How far frequencies of the bins lie from the overall frequency; more is better. */
  readonly resolution: number;
  /** Variance of what happened; nobody's merit. */
  readonly uncertainty: number;
  /** What is lost by treating the probabilities of a bin as one; 0 if they are one. */
  readonly withinBins: number;
}

/**
 * Calibration of probabilities in bins of equal width, with the parts of their Brier score.
 *
 * Source: Murphy 1973, A new vector partition of the probability score; the part within bins: Stephenson, Coelho and Jolliffe
 * 2008, Two extra components in the Brier score decomposition.
 *
 * @param events at least one; for forecasts of more than one outcome see {@link forecastEvents}
 * @param options.bins how many, 1 to 1000; default 10
 * @throws ForecastError `INVALID_PROBABILITY`, `INVALID_SCORES` without events, `INVALID_OPTION`
 */
export function calibration(events: readonly ForecastEvent[], options: { readonly bins?: number } = {}): Calibration {
  const bins = inBins(events, options.bins ?? 10);
  const base = meanOf(events, ({ happened }) => Number(happened));
  const over = (part: (bin: Binned) => number): number =>
    bins.reduce((sum, bin) => sum + bin.events.length * part(bin), 0) / events.length;
  return {
    bins: bins.map(({ events: { length }, ...bin }) => ({ ...bin, count: length })),
    error: over(({ probability, frequency }) => Math.abs(probability - frequency)),
    brier: meanOf(events, ({ probability, happened }) => (probability - Number(happened)) ** 2),
    reliability: over(({ probability, frequency }) => (probability - frequency) ** 2),
    resolution: over(({ frequency }) => (frequency - base) ** 2),
    uncertainty: base * (1 - base),
    withinBins: over((bin) => meanOf(bin.events, within(bin))),
  };
}

/**
 * Each outcome of each forecast as an event of its own, to see the calibration of forecasts with several outcomes at once.
 *
 * @throws ForecastError `INVALID_FORECAST`, `INVALID_OUTCOME`
 */
export function forecastEvents(
  forecasts: readonly { readonly forecast: Forecast; readonly outcome: number }[],
): ForecastEvent[] {
  return forecasts.flatMap(({ forecast, outcome }) => {
    probabilityOf(forecast, outcome);
    return forecast.map((probability, i) => ({ probability, happened: i === outcome }));
  });
}

/**
 * How much forecasts commit themselves, whatever happened: one less the entropy over its maximum, from 0 (all outcomes
 * equal) to 1 (certain), averaged. Sharpness is a virtue among calibrated forecasts only.
 *
 * Source: Gneiting, Balabdaoui and Raftery 2007, Probabilistic forecasts, calibration and sharpness.
 *
 * @throws ForecastError `INVALID_FORECAST`, `INVALID_SCORES` without forecasts
 */
export function sharpness(forecasts: readonly Forecast[]): number {
  if (forecasts.length === 0) throw new ForecastError('INVALID_SCORES', 'Sharpness needs a forecast, got none', 0);
  return meanOf(forecasts, (forecast) => {
    checkForecast(forecast);
    const entropy = forecast.reduce((sum, p) => (p === 0 ? sum : sum - p * Math.log(p)), 0);
    return 1 - entropy / Math.log(forecast.length);
  });
}

interface Binned extends Omit<CalibrationBin, 'count'> {
  readonly events: readonly ForecastEvent[];
}

function inBins(events: readonly ForecastEvent[], count: number): Binned[] {
  if (!Number.isInteger(count) || count < 1 || count > 1000)
    throw new ForecastError('INVALID_OPTION', `The number of bins is from 1 to 1000, got ${count}`, count);
  if (events.length === 0) throw new ForecastError('INVALID_SCORES', 'Calibration needs an event, got none', 0);
  const bins = Array.from({ length: count }, (): ForecastEvent[] => []);
  events.forEach((event, i) => {
    checkProbability(event.probability, `The probability of event ${i}`);
    bins[binOf(event.probability, count)]?.push(event);
  });
  return bins
    .map((list, i) => ({
      from: i / count,
      to: (i + 1) / count,
      events: list,
      probability: meanOf(list, ({ probability }) => probability),
      frequency: meanOf(list, ({ happened }) => Number(happened)),
    }))
    .filter((bin) => bin.events.length > 0);
}

/** The product is rounded: 0.29 x 100 is below 29. So the bounds themselves decide. */
function binOf(probability: number, count: number): number {
  const near = Math.floor(probability * count);
  if (probability < near / count) return near - 1;
  return Math.min(count - 1, probability < (near + 1) / count ? near : near + 1);
}

function within(bin: Binned): (event: ForecastEvent) => number {
  return ({ probability, happened }) => {
    const off = probability - bin.probability;
    return off * off - 2 * off * (Number(happened) - bin.frequency);
  };
}

function meanOf<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0) / items.length;
}
