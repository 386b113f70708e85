import { LoadtestError } from '../loadtest-error.ts';
import { ascending, quantile } from './quantile.ts';

/** A range that holds the true value with a confidence, and the value itself as estimated. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** Random numbers from 0 to below 1; the same ones give the same interval. */
  readonly random: () => number;
  /** Share of intervals that hold the true value: 0.95 unless given. With few samples it is less in truth. */
  readonly confidence?: number;
  /** 2000 unless given. */
  readonly resamples?: number;
}

/**
 * A percentile bootstrap interval (Efron 1979): the samples are drawn again, with replacement, and the statistic taken of each
 * draw.
 *
 * @throws LoadtestError `TOO_FEW_MEASUREMENTS` for fewer than 2 samples, `OPTION_INVALID` for a confidence outside (0, 1)
 */
export function bootstrap<Sample>(
  samples: readonly Sample[],
  statistic: (samples: readonly Sample[]) => number,
  { random, confidence = 0.95, resamples = 2000 }: BootstrapOptions,
): Interval {
  if (!(confidence > 0 && confidence < 1)) {
    throw new LoadtestError('OPTION_INVALID', `A confidence must lie between 0 and 1, got ${confidence}`, {
      confidence,
    });
  }
  if (samples.length < 2) {
    throw new LoadtestError('TOO_FEW_MEASUREMENTS', `An interval needs at least 2 samples, got ${samples.length}`);
  }
  const draws = ascending(Array.from({ length: resamples }, () => statistic(resample(samples, random))));
  const tail = (1 - confidence) / 2;
  return { estimate: statistic(samples), low: quantile(draws, tail), high: quantile(draws, 1 - tail) };
}

/** As many samples as there are, drawn with replacement. */
export function resample<Sample>(samples: readonly Sample[], random: () => number): readonly Sample[] {
  const drawn: Sample[] = [];
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[Math.floor(random() * samples.length)];
    if (sample !== undefined) drawn.push(sample);
  }
  return drawn;
}
