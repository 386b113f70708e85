import { ascending, quantile } from './quantile.ts';

/** The Universal Scalability Law (Gunther 1993): X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)). */
export interface ScalabilityCurve {
  /** Throughput of one worker, per second. */
  readonly lambda: number;
  /** Contention: the share of the work that only one can do at a time. From 0. */
  readonly sigma: number;
  /** Coherency: what each pair of workers costs. From 0. */
  readonly kappa: number;
}

/** Throughput of so many workers, per second. */
export const throughput = ({ lambda, sigma, kappa }: ScalabilityCurve, workers: number): number =>
  (lambda * workers) / (1 + sigma * (workers - 1) + kappa * workers * (workers - 1));

/**
 * The curve with the least sum of absolute distances in the logarithm, which an outlier does not bend: lambda is the median
 * that remains for given sigma and kappa, and those are searched on a grid that is refined around its best point. The same
 * samples always give the same curve.
 */
export function fitCurve(
  samples: readonly { readonly workers: number; readonly perSecond: number }[],
): ScalabilityCurve {
  const points = samples.map(({ workers, perSecond }) => ({ n: workers, log: Math.log(perSecond / workers) }));
  const loss = (sigma: number, kappa: number): { readonly cost: number; readonly log: number } => {
    const rest = points.map(({ n, log }) => log + Math.log(1 + sigma * (n - 1) + kappa * n * (n - 1)));
    const log = quantile(ascending(rest), 0.5);
    return { cost: rest.reduce((sum, value) => sum + Math.abs(value - log), 0), log };
  };
  let best = { sigma: 0, kappa: 0, ...loss(0, 0) };
  const search = (sigmas: readonly number[], kappas: readonly number[]): void => {
    for (const sigma of sigmas) {
      for (const kappa of kappas) {
        const found = loss(sigma, kappa);
        if (found.cost < best.cost) best = { sigma, kappa, ...found };
      }
    }
  };
  search([0, ...powers(1e-4, 1, 17)], [0, ...powers(1e-7, 0.3, 21)]);
  // Walks while that helps, then looks half as far: the valley is narrow, since sigma and kappa do much the same.
  for (let width = 0.8; width > 1e-3; width /= 2) {
    for (let before = Number.POSITIVE_INFINITY, steps = 0; best.cost < before && steps < MOST_STEPS; steps++) {
      before = best.cost;
      search(around(best.sigma, width, 1e-4), around(best.kappa, width, 1e-7));
    }
  }
  return { lambda: Math.exp(best.log), sigma: best.sigma, kappa: best.kappa };
}

const MOST_STEPS = 20;

/** Values whose ratios are equal. */
const powers = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from * (to / from) ** (i / (count - 1)));

function around(value: number, width: number, least: number): number[] {
  const centre = Math.max(value, least);
  return [0, ...[-1, -0.5, 0, 0.5, 1].map((step) => centre * Math.exp(step * width))];
}
