import { LoadtestError } from '../loadtest-error.ts';
import type { Interval } from '../statistics/bootstrap.ts';
import type { Scalability } from '../statistics/scalability.ts';

/** What a deployment must do, and what it has. */
export interface PlanOptions {
  readonly items: number;
  /** Time for all of them. */
  readonly withinSeconds: number;
  /** Time that a host's own handler takes for one item, in milliseconds, beside what was measured. 0 unless given. */
  readonly handlerMs?: number;
  /** Items that one worker has in hand at once, over which the handler's time is spread. 1 unless given. */
  readonly concurrency?: number;
  /** Share of the capacity that is planned with. 0.8 unless given: the rest is for what nobody foresaw. */
  readonly utilisation?: number;
}

/** Throughput of so many workers with the host's handler. */
export interface PlannedRate extends Interval {
  readonly workers: number;
  readonly extrapolated: boolean;
}

/** The fewest workers, or why there are none. */
export type Plan =
  | { readonly ok: true; readonly workers: number; readonly rate: PlannedRate; readonly neededPerSecond: number }
  | { readonly ok: false; readonly neededPerSecond: number; readonly best: PlannedRate };

/**
 * The fewest workers that do the work in time even at the lower end of the interval. Never beyond twice the workers that were
 * measured: no number is better than one that nothing supports.
 *
 * @throws LoadtestError `OPTION_INVALID`
 */
export function plan(scalability: Scalability, options: PlanOptions): Plan {
  const { items, withinSeconds, utilisation = 0.8 } = options;
  positive('items', items);
  positive('withinSeconds', withinSeconds);
  if (!(utilisation > 0 && utilisation <= 1))
    throw invalid(`utilisation must be above 0 and at most 1, got ${utilisation}`);
  const neededPerSecond = items / withinSeconds;
  let best = plannedRate(scalability, 1, options);
  for (let workers = 1; workers <= 2 * scalability.measuredUpTo; workers++) {
    const rate = plannedRate(scalability, workers, options);
    if (rate.low * utilisation >= neededPerSecond) return { ok: true, workers, rate, neededPerSecond };
    if (rate.low > best.low) best = rate;
  }
  return { ok: false, neededPerSecond, best };
}

/**
 * Throughput of so many workers when each item takes `handlerMs` more: a worker that does x items a second, `concurrency` at
 * once, then does 1 / (1 / x + handler / concurrency).
 *
 * @throws LoadtestError `OPTION_INVALID`, also for more than twice the workers that were measured
 */
export function plannedRate(
  scalability: Scalability,
  workers: number,
  { handlerMs = 0, concurrency = 1 }: Pick<PlanOptions, 'handlerMs' | 'concurrency'> = {},
): PlannedRate {
  if (!(handlerMs >= 0 && Number.isFinite(handlerMs)))
    throw invalid(`handlerMs must be a number from 0, got ${handlerMs}`);
  positive('concurrency', concurrency);
  const { extrapolated, ...rates } = scalability.at(workers);
  const slowed = (perSecond: number): number => 1 / (1 / perSecond + handlerMs / 1000 / concurrency / workers);
  return {
    workers,
    extrapolated,
    estimate: slowed(rates.estimate),
    low: slowed(rates.low),
    high: slowed(rates.high),
  };
}

function positive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) throw invalid(`${name} must be a number above 0, got ${value}`);
}

const invalid = (message: string): LoadtestError => new LoadtestError('OPTION_INVALID', message);
