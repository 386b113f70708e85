import { ascending, quantile } from './quantile.ts';

/** One point of a latency curve. */
export interface PercentilePoint {
  /** From 0 up to but not including 1: 0.99 for p99. */
  readonly percentile: number;
  readonly value: number;
}

/**
 * The percentile curve of a set of samples, as latency charts draw it: evenly over `log10(1 / (1 - p))`, `perDecade` points
 * from one nine to the next. It ends where fewer than ten samples lie beyond: 60 s of 100 a second cannot show p99.9.
 */
export function percentileCurve(samples: readonly number[], perDecade = 10): readonly PercentilePoint[] {
  const sorted = ascending(samples);
  const points: PercentilePoint[] = [];
  for (let i = 0; samples.length >= MOST_BEYOND / 10 ** (-i / perDecade); i++) {
    const percentile = 1 - 10 ** (-i / perDecade);
    points.push({ percentile, value: quantile(sorted, percentile) });
  }
  return points;
}

/** The samples that a percentile needs before it says anything: ten beyond it. */
export const samplesFor = (percentile: number): number => Math.ceil(MOST_BEYOND / (1 - percentile) - 1e-9);

const MOST_BEYOND = 10;
