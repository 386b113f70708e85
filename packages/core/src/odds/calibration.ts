import { checkProbability } from './check.ts';
import { OddsError } from './odds-error.ts';
import { log } from './real.ts';

/** Probabilities that were given to the outcomes of one event, and what happened. */
export interface ForecastRecord {
  /** Of every outcome, summing to 1. */
  readonly probabilities: readonly number[];
  /** Index of the outcome that happened. */
  readonly outcome: number;
}

/** One class of probabilities: of what was said to happen this often, how much did. */
export interface CalibrationBin {
  /** Probabilities from `from` to below `to`; 1 itself is in the last. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean of the probabilities in the bin. */
  readonly predicted: number;
  /** Share that happened, and its 95 % Wilson score interval. */
  readonly observed: number;
  readonly low: number;
  readonly high: number;
}

export interface Calibration {
  /** Events. */
  readonly count: number;
  /** Mean of −ln p(what happened), in nats; Infinity once something happened that was given 0. */
  readonly logLoss: number;
  /** Mean over events of Σ (p − happened)², the sum over all outcomes: 0 to 2. */
  readonly brier: number;
  /** Mean over all probabilities of |predicted − observed| of their bin. */
  readonly calibrationError: number;
  /** Bins that hold anything. */
  readonly bins: readonly CalibrationBin[];
}

const SUM_TOLERANCE = 1e-6;
const MAX_BINS = 1_000;
/** 97.5th percentile of the normal distribution. */
const Z = 1.959963984540054;

/**
 * Whether things said to happen with probability p happen that often, and how well the probabilities told what would.
 * Every outcome of every event counts as one probability. Wilson 1927 for the intervals.
 *
 * @param options.bins equal classes of [0, 1]. Default 10
 * @throws OddsError MARKET_INVALID naming the event whose probabilities do not sum to 1 or whose outcome is not among
 * them; OPTION_INVALID; an empty list is allowed and gives NaN means
 */
export function calibration(records: Iterable<ForecastRecord>, options: { readonly bins?: number } = {}): Calibration {
  const binCount = options.bins ?? 10;
  if (!Number.isInteger(binCount) || binCount < 1 || binCount > MAX_BINS) {
    throw new OddsError('OPTION_INVALID', `Bins must be a whole number from 1 to ${MAX_BINS}, got ${binCount}`, {
      bins: binCount,
    });
  }
  const tallies = Array.from({ length: binCount }, () => ({ count: 0, predicted: 0, happened: 0 }));
  let [count, loss, brier] = [0, 0, 0];
  for (const record of records) {
    check(record, count);
    count++;
    loss -= log(record.probabilities[record.outcome] ?? 0);
    for (const [i, p] of record.probabilities.entries()) {
      const happened = i === record.outcome ? 1 : 0;
      brier += (p - happened) ** 2;
      const tally = tallies[Math.min(binCount - 1, Math.floor(p * binCount))];
      if (tally === undefined) continue;
      tally.count++;
      tally.predicted += p;
      tally.happened += happened;
    }
  }
  const bins = tallies.flatMap((tally, i) => (tally.count === 0 ? [] : [bin(tally, i / binCount, (i + 1) / binCount)]));
  const all = bins.reduce((total, { count: inBin }) => total + inBin, 0);
  const error = bins.reduce((total, b) => total + b.count * Math.abs(b.predicted - b.observed), 0);
  return { count, logLoss: loss / count, brier: brier / count, calibrationError: error / all, bins };
}

/**
 * Calibration of each group of records: per book, per method, per kind of market, or any combination of them.
 *
 * @param options.by the name of a record's group, such as `(r) => r.book`
 * @returns groups in the order of their first record
 * @throws OddsError as `calibration`
 */
export function calibrationBy<R extends ForecastRecord>(
  records: Iterable<R>,
  options: { readonly by: (record: R) => string; readonly bins?: number },
): Map<string, Calibration> {
  const groups = new Map<string, R[]>();
  for (const record of records) {
    const name = options.by(record);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [record]);
    else group.push(record);
  }
  return new Map([...groups].map(([name, group]) => [name, calibration(group, options)]));
}

function bin(tally: { count: number; predicted: number; happened: number }, from: number, to: number): CalibrationBin {
  const n = tally.count;
  const observed = tally.happened / n;
  const centre = (observed + (Z * Z) / (2 * n)) / (1 + (Z * Z) / n);
  const half = (Z / (1 + (Z * Z) / n)) * Math.sqrt((observed * (1 - observed)) / n + (Z * Z) / (4 * n * n));
  return {
    from,
    to,
    count: n,
    predicted: tally.predicted / n,
    observed,
    low: Math.max(0, centre - half),
    high: Math.min(1, centre + half),
  };
}

function check({ probabilities, outcome }: ForecastRecord, event: number): void {
  let total = 0;
  for (const p of probabilities) {
    checkProbability(p, ` for event ${event + 1}`);
    total += p;
  }
  if (Math.abs(total - 1) > SUM_TOLERANCE) {
    throw new OddsError('MARKET_INVALID', `The probabilities of event ${event + 1} must sum to 1, got ${total}`, {
      event,
      total,
    });
  }
  if (!Number.isInteger(outcome) || outcome < 0 || outcome >= probabilities.length) {
    throw new OddsError(
      'MARKET_INVALID',
      `Event ${event + 1} has no outcome ${outcome}, only 0 to ${probabilities.length - 1}`,
      { event, outcome },
    );
  }
}
