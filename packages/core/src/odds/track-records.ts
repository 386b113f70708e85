import {
  brierScore,
  type Calibration,
  calibration,
  type Forecast,
  forecastEvents,
  logScore,
} from '../forecasts/index.ts';

/** Probabilities that were given to the outcomes of one market, and what happened. */
export interface SettledForecast {
  /** Of every outcome, summing to 1. */
  readonly probabilities: Forecast;
  /** Index of the outcome that happened. */
  readonly outcome: number;
}

/** How good the probabilities of a book, a margin method or a kind of market have been. */
export interface TrackRecord {
  /** Markets. */
  readonly count: number;
  /** Mean of −ln p(what happened), in nats; Infinity once something happened that was given 0. */
  readonly logLoss: number;
  /** Mean over markets of Σ (p − happened)², summed over all outcomes: 0 to 2. */
  readonly brier: number;
  /** Whether outcomes happened as often as they were said to; every outcome of every market counts. */
  readonly calibration: Calibration;
}

/**
 * Log loss, Brier score and calibration of each group of forecasts: per book, per method, per kind of market, or any
 * combination of them. The scores are those of `@scorekeep/core/forecasts`.
 *
 * @param options.by the name of a record's group, such as `(r) => r.book`
 * @param options.bins classes of probability for the calibration, 1 to 1000. Default 10
 * @returns groups in the order of their first record
 * @throws ForecastError for probabilities that do not sum to 1, or an outcome that is not among them
 */
export function trackRecords<R extends SettledForecast>(
  records: Iterable<R>,
  options: { readonly by: (record: R) => string; readonly bins?: number },
): Map<string, TrackRecord> {
  const groups = new Map<string, R[]>();
  for (const record of records) {
    const name = options.by(record);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [record]);
    else group.push(record);
  }
  return new Map([...groups].map(([name, group]) => [name, trackRecord(group, options)]));
}

function trackRecord(group: readonly SettledForecast[], options: { readonly bins?: number }): TrackRecord {
  const mean = (score: (probabilities: Forecast, outcome: number) => number): number =>
    group.reduce((sum, { probabilities, outcome }) => sum + score(probabilities, outcome), 0) / group.length;
  const events = forecastEvents(group.map(({ probabilities, outcome }) => ({ forecast: probabilities, outcome })));
  const { bins } = options;
  return {
    count: group.length,
    logLoss: mean((probabilities, outcome) => logScore(probabilities, outcome)),
    brier: mean(brierScore),
    calibration: calibration(events, bins === undefined ? {} : { bins }),
  };
}
