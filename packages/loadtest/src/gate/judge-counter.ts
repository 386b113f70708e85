import { type CounterBudget, shareOf } from '../budgets/budgets.ts';
import { ownOf } from '../files/own-of.ts';
import { amount, percent } from '../report/amount.ts';
import { median } from '../statistics/quantile.ts';
import type { Baseline, Measurements, ScenarioMeasurements } from './measurements.ts';
import type { Check } from './result.ts';

type Judged = Omit<Check, 'layer' | 'metric' | 'file' | 'line'>;

/** An improvement beyond this should become the new baseline, or it can be lost again unseen. */
const NOTEWORTHY = 0.05;

/** Holds a work counter against the baseline: these hardly vary, whatever else the machine does. */
export function judgeCounter(
  { metric, maxIncrease }: CounterBudget,
  scenario: string,
  { counters, params }: ScenarioMeasurements,
  { fingerprint }: Measurements,
  baseline: Baseline | undefined,
): Judged {
  const values = counters?.[metric] ?? [];
  if (values.length === 0) return { verdict: 'fail', message: 'It was not measured.' };
  const measured = median(values);
  const undecided = (message: string): Judged => ({ verdict: 'inconclusive', message, measured });
  if (baseline === undefined)
    return undecided(`${amount(measured)}; there is no baseline yet: --update-baseline writes one.`);
  const differs = difference(baseline.fingerprint, fingerprint);
  if (differs !== undefined)
    return undecided(`The baseline was taken with another ${differs}: --update-baseline takes it anew.`);
  const changed = changedParam(baseline, scenario, params);
  if (changed !== undefined)
    return undecided(`The baseline was taken with ${changed}: --update-baseline takes it anew.`);
  const before = ownOf(baseline.counters, scenario)?.[metric];
  if (before === undefined) return undecided(`${amount(measured)}; the baseline has none: --update-baseline adds it.`);
  const limit = before * (1 + shareOf(maxIncrease));
  const change = before === 0 ? (measured === 0 ? 0 : Number.POSITIVE_INFINITY) : measured / before - 1;
  const message = `${amount(measured)}, ${percent(change)} against ${amount(before)}, must be at most +${maxIncrease}.`;
  const improved = change < -NOTEWORTHY ? ' It improved: --update-baseline keeps it so.' : '';
  return { verdict: measured <= limit ? 'pass' : 'fail', message: `${message}${improved}`, measured, limit };
}

/** A param that the baseline was not taken with, and both values; undefined where nothing is known to differ. */
export function changedParam(
  baseline: Baseline | undefined,
  scenario: string,
  params: ScenarioMeasurements['params'],
): string | undefined {
  const taken = ownOf(baseline?.params, scenario);
  const name = params === undefined || taken === undefined ? undefined : difference(taken, params);
  return name === undefined ? undefined : `${name} ${taken?.[name] ?? 'unset'} and not ${params?.[name] ?? 'unset'}`;
}

/** The first fact of two fingerprints, or of the params of two runs, that is not the same. */
export function difference(
  before: Readonly<Record<string, string | number>>,
  now: Readonly<Record<string, string | number>>,
): string | undefined {
  return Object.keys({ ...before, ...now }).find((key) => before[key] !== now[key]);
}
