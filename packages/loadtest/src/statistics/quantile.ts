import { LoadtestError } from '../loadtest-error.ts';

/**
 * The value below which a share of the samples lies, between samples in proportion (definition 7 of Hyndman and Fan, 1996: R's
 * default).
 *
 * @param sorted samples in ascending order, at least one
 * @param share from 0, the least, to 1, the greatest
 * @throws LoadtestError `TOO_FEW_MEASUREMENTS` without samples, `OPTION_INVALID` for another share
 */
export function quantile(sorted: readonly number[], share: number): number {
  if (!(share >= 0 && share <= 1)) {
    throw new LoadtestError('OPTION_INVALID', `A share must be from 0 to 1, got ${share}`, { share });
  }
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) {
    throw new LoadtestError('TOO_FEW_MEASUREMENTS', 'A quantile needs at least one sample, got none');
  }
  return below + (above - below) * (place - Math.floor(place));
}

/** The middle of the samples, which are in any order. */
export const median = (samples: readonly number[]): number => quantile(ascending(samples), 0.5);

/** The samples in ascending order. */
export const ascending = (samples: Iterable<number>): number[] => [...Float64Array.from(samples).sort()];

/** The median distance from the median: a spread that an outlier does not move. */
export function medianDeviation(samples: readonly number[]): number {
  const middle = median(samples);
  return median(samples.map((sample) => Math.abs(sample - middle)));
}
