import { LoadtestError } from '../loadtest-error.ts';
import { type Interval, resample } from './bootstrap.ts';
import { ascending, median, quantile } from './quantile.ts';
import { fitCurve, type ScalabilityCurve, throughput } from './scalability-curve.ts';

/** What so many workers got through together. */
export interface ThroughputSample {
  readonly workers: number;
  /** Above 0. */
  readonly perSecond: number;
}

/** Throughput over the number of workers, as fitted, with what the samples leave open. */
export interface Scalability {
  readonly curve: ScalabilityCurve;
  /** The most workers that were measured. */
  readonly measuredUpTo: number;
  /** Median distance of samples from the curve, as a share: above 0.15 the curve describes little. */
  readonly deviation: number;
  readonly sigma: Interval;
  readonly kappa: Interval;
  /**
   * Throughput of so many workers, with its interval and whether it lies beyond what was measured.
   *
   * @throws LoadtestError `OPTION_INVALID` for fewer than 1 worker, or more than twice as many as were measured: the curve
   * bends there in ways that no sample shows
   */
  at(workers: number): Interval & { readonly extrapolated: boolean };
}

export interface ScalabilityOptions {
  readonly random: () => number;
  /** 0.9 unless given. */
  readonly confidence?: number;
  /** 200 unless given. */
  readonly resamples?: number;
}

/**
 * Fits Gunther's Universal Scalability Law, robustly, with bootstrap intervals (samples are drawn again within each number of
 * workers). A peak is never given: with 16 workers or fewer the samples do not say where it is.
 *
 * @throws LoadtestError `TOO_FEW_MEASUREMENTS` for fewer than 5 numbers of workers or 3 samples of one; `OPTION_INVALID` for a
 * sample that is none: a run whose backlog emptied measures nothing
 */
export function fitScalability(
  samples: readonly ThroughputSample[],
  { random, confidence = 0.9, resamples = 200 }: ScalabilityOptions,
): Scalability {
  const groups = [...grouped(samples).values()];
  const curve = fitCurve(samples);
  const draws = Array.from({ length: resamples }, () => fitCurve(groups.flatMap((group) => resample(group, random))));
  const tail = (1 - confidence) / 2;
  const interval = (of: (fitted: ScalabilityCurve) => number): Interval => {
    const values = ascending(draws.map(of));
    return { estimate: of(curve), low: quantile(values, tail), high: quantile(values, 1 - tail) };
  };
  const measuredUpTo = Math.max(...samples.map(({ workers }) => workers));
  return {
    curve,
    measuredUpTo,
    deviation: median(samples.map((sample) => Math.abs(sample.perSecond / throughput(curve, sample.workers) - 1))),
    sigma: interval(({ sigma }) => sigma),
    kappa: interval(({ kappa }) => kappa),
    at: (workers) => {
      if (!(workers >= 1 && workers <= 2 * measuredUpTo)) {
        throw new LoadtestError(
          'OPTION_INVALID',
          `Throughput is known for 1 to ${2 * measuredUpTo} workers, twice the ${measuredUpTo} that were measured, got ${workers}`,
          { workers, measuredUpTo },
        );
      }
      return { ...interval((fitted) => throughput(fitted, workers)), extrapolated: workers > measuredUpTo };
    },
  };
}

function grouped(samples: readonly ThroughputSample[]): Map<number, ThroughputSample[]> {
  const groups = new Map<number, ThroughputSample[]>();
  for (const sample of samples) {
    const { workers, perSecond } = sample;
    if (!(Number.isInteger(workers) && workers >= 1 && perSecond > 0 && Number.isFinite(perSecond))) {
      throw new LoadtestError(
        'OPTION_INVALID',
        `A sample has 1 or more workers and more than 0 per second, got ${workers} and ${perSecond}`,
        { workers, perSecond },
      );
    }
    groups.set(workers, [...(groups.get(workers) ?? []), sample]);
  }
  const thin = [...groups].find(([, group]) => group.length < 3);
  if (groups.size < 5 || thin !== undefined) {
    const found = [...groups].map(([workers, group]) => `${group.length} of ${workers}`).join(', ');
    throw new LoadtestError(
      'TOO_FEW_MEASUREMENTS',
      `A scalability curve needs 3 samples of each of 5 numbers of workers, got ${found === '' ? 'none' : found}`,
    );
  }
  return groups;
}
