import { LoadtestError } from '../loadtest-error.ts';

/**
 * Connections that workers need: each item in hand holds one for the share of its time that the database takes, and two more
 * are for what is not an item. (Little's law.)
 *
 * @param databaseShare from 0 to 1: database time of an item over all its time
 * @throws LoadtestError `OPTION_INVALID`
 */
export function poolSize(workers: number, concurrency: number, databaseShare: number): number {
  if (!(Number.isInteger(workers) && workers >= 1 && concurrency >= 1 && databaseShare >= 0 && databaseShare <= 1)) {
    throw new LoadtestError(
      'OPTION_INVALID',
      `A pool is for 1 or more workers and items, and a share from 0 to 1, got ${workers}, ${concurrency} and ${databaseShare}`,
    );
  }
  return Math.ceil(workers * concurrency * databaseShare) + 2;
}

/** Time of a batch of b items as a + c b: fitted through measured batches. */
export interface BatchCost {
  /** Of each batch, whatever it holds. */
  readonly fixedMs: number;
  readonly perItemMs: number;
}

/**
 * The cost of batches, by least squares through measured times.
 *
 * @throws LoadtestError `TOO_FEW_MEASUREMENTS` for fewer than 3 sizes of batches
 */
export function batchCost(samples: readonly { readonly items: number; readonly ms: number }[]): BatchCost {
  if (new Set(samples.map(({ items }) => items)).size < 3) {
    throw new LoadtestError('TOO_FEW_MEASUREMENTS', 'The cost of batches needs at least 3 sizes of batches');
  }
  const mean = (of: (sample: { items: number; ms: number }) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [items, ms] = [mean((sample) => sample.items), mean((sample) => sample.ms)];
  const perItemMs =
    mean((sample) => (sample.items - items) * (sample.ms - ms)) / mean((sample) => (sample.items - items) ** 2);
  return { fixedMs: Math.max(0, ms - perItemMs * items), perItemMs };
}

/**
 * The smallest batch whose fixed cost is at most 5 % of its time; never one that takes more than a tenth of the lease, after
 * which another worker would begin it too.
 */
export function batchSize({ fixedMs, perItemMs }: BatchCost, leaseMs: number): number {
  const worthwhile = Math.ceil((19 * fixedMs) / perItemMs);
  const safe = Math.floor((leaseMs / 10 - fixedMs) / perItemMs);
  return Math.max(1, Math.min(worthwhile, safe));
}
