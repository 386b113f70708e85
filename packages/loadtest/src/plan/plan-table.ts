import { amount } from '../report/amount.ts';
import type { Scalability } from '../statistics/scalability.ts';
import { type PlanOptions, plannedRate } from './plan.ts';

/** One cell of the guides' table: how long so many items take so many workers. */
export interface PlanCell {
  readonly items: number;
  readonly workers: number;
  /** Seconds; the longest is from the lower end of the throughput's interval. */
  readonly estimate: number;
  readonly shortest: number;
  readonly longest: number;
  readonly extrapolated: boolean;
}

/** The guides' items and workers. */
const ITEMS: readonly number[] = [50_000, 500_000, 5_000_000];
const WORKERS: readonly number[] = [3, 5, 10, 20];

/** The table of the guides from what was measured. Workers beyond twice the measured ones are left out. */
export function planTable(
  scalability: Scalability,
  options: Pick<PlanOptions, 'handlerMs' | 'concurrency'> = {},
): readonly PlanCell[] {
  const rates = WORKERS.filter((workers) => workers <= 2 * scalability.measuredUpTo).map((workers) =>
    plannedRate(scalability, workers, options),
  );
  return ITEMS.flatMap((items) =>
    rates.map(({ workers, estimate, low, high, extrapolated }) => ({
      items,
      workers,
      estimate: items / estimate,
      shortest: items / high,
      longest: items / low,
      extrapolated,
    })),
  );
}

/** The table as text: a line for each number of items, a column for each number of workers; `*` marks what is extrapolated. */
export function planText(cells: readonly PlanCell[]): string {
  const workers = [...new Set(cells.map((cell) => cell.workers))];
  const rows = [...new Set(cells.map(({ items }) => items))].map((items) => [
    amount(items),
    ...cells.filter((cell) => cell.items === items).map(cellText),
  ]);
  const table = [['items', ...workers.map((count) => `${count} workers`)], ...rows];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n* extrapolated: more workers than were measured\n`;
}

const cellText = ({ estimate, shortest, longest, extrapolated }: PlanCell): string =>
  `${duration(estimate)} [${duration(shortest)} to ${duration(longest)}]${extrapolated ? '*' : ''}`;

/** Two significant digits in the unit that fits. */
function duration(seconds: number): string {
  const [value, unit] = seconds < 90 ? [seconds, 's'] : seconds < 5400 ? [seconds / 60, 'min'] : [seconds / 3600, 'h'];
  return `${value.toLocaleString('en', { maximumSignificantDigits: 2 })} ${unit}`;
}
