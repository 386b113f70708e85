import type { SloBudget } from '../budgets/budgets.ts';
import { BEST_WINDOW, MORE_IS_BETTER } from '../metrics.ts';
import { amount } from '../report/amount.ts';
import type { ScenarioMeasurements } from './measurements.ts';
import type { Check } from './result.ts';

type Judged = Omit<Check, 'layer' | 'metric' | 'file' | 'line'>;

/**
 * Holds wall-clock time against a limit. Other work on the machine only makes times longer, so the best window is judged; of
 * faults and of what piles up, the worst. Comparisons are written so that what is no number fails.
 */
export function judgeSlo(budget: SloBudget, { windows, disturbed = [] }: ScenarioMeasurements): Judged {
  const values = windows?.[budget.metric] ?? [];
  if (values.length === 0) return { verdict: 'fail', message: 'It was not measured.' };
  if (disturbed.length > 0) return { verdict: 'inconclusive', message: `It says nothing: ${disturbed.join('; ')}.` };
  const least = MORE_IS_BETTER.has(budget.metric) !== BEST_WINDOW.has(budget.metric);
  const measured = least ? Math.min(...values) : Math.max(...values);
  const [limit, sign, kept] = boundOf(budget, measured);
  const headroom = limit === 0 ? undefined : (sign.startsWith('<') ? limit - measured : measured - limit) / limit;
  const which =
    values.length === 1 ? '' : `, the ${BEST_WINDOW.has(budget.metric) ? 'best' : 'worst'} of ${values.length}`;
  const message = `${amount(measured)}${which}, must be ${sign} ${amount(limit)}${budget.source === undefined ? '' : ` (${budget.source})`}.`;
  return { verdict: kept ? 'pass' : 'fail', message, measured, limit, headroom };
}

function boundOf(
  { max, maxExclusive, min, minExclusive }: SloBudget,
  measured: number,
): readonly [number, string, boolean] {
  if (max !== undefined) return [max, '<=', measured <= max];
  if (maxExclusive !== undefined) return [maxExclusive, '<', measured < maxExclusive];
  if (min !== undefined) return [min, '>=', measured >= min];
  if (minExclusive !== undefined) return [minExclusive, '>', measured > minExclusive];
  return [Number.NaN, '<=', false];
}
