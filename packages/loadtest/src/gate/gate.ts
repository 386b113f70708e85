import type { Budgets, ScenarioBudget } from '../budgets/budgets.ts';
import { onInconclusive, scenariosOf } from '../budgets/parse-budgets.ts';
import { ownOf } from '../files/own-of.ts';
import type { Document } from '../files/read-document.ts';
import { type CounterMetric, OF_ROWS } from '../metrics.ts';
import { amount } from '../report/amount.ts';
import { median } from '../statistics/quantile.ts';
import { changedParam, difference, judgeCounter } from './judge-counter.ts';
import { judgeRelative } from './judge-relative.ts';
import { judgeSlo } from './judge-slo.ts';
import type { Baseline, Measurements, ScenarioMeasurements } from './measurements.ts';
import { type Check, exitCodeOf, type Layer, type Result, type ScenarioResult, worst } from './result.ts';

export interface GateOptions {
  readonly profile: string;
  /** The committed work counters; without it those checks are inconclusive. */
  readonly baseline?: Baseline | undefined;
}

/**
 * Judges measurements by budgets. What a budget names and nobody measured fails; what cannot be decided is inconclusive and
 * never a pass. Pure: the same measurements always have the same result.
 *
 * @throws LoadtestError `OPTION_INVALID` for a profile that the budgets have not
 */
export function gate(
  budgets: Document<Budgets>,
  measurements: Measurements,
  { profile, baseline }: GateOptions,
): Result {
  const scenarios = scenariosOf(budgets.value, profile).map(([name, budget]) => {
    const measured = ownOf(measurements.scenarios, name);
    return scenarioResult(name, judge(budgets, name, budget, measured, measurements, baseline));
  });
  const verdict = worst(scenarios.map((scenario) => scenario.verdict));
  return {
    version: 1,
    verdict,
    exitCode: exitCodeOf(verdict, onInconclusive(budgets.value, profile)),
    profile,
    takenAt: measurements.takenAt,
    environment: measurements.environment,
    scenarios,
  };
}

/**
 * What to commit as the baseline: the medians of the work counters that budgets name. Of what was not measured this time, the
 * committed ones are kept, unless they have another fingerprint.
 */
export function baselineOf({ value }: Document<Budgets>, measurements: Measurements, committed?: Baseline): Baseline {
  const { fingerprint, scenarios } = measurements;
  const kept =
    committed !== undefined && difference(committed.fingerprint, fingerprint) === undefined ? committed : undefined;
  const counters: [string, Baseline['counters'][string]][] = [];
  const params: [string, NonNullable<ScenarioMeasurements['params']>][] = [];
  for (const [name, { counters: budgets = [] }] of Object.entries(value.scenarios)) {
    const measured = ownOf(scenarios, name);
    const comparable = changedParam(kept, name, measured?.params) === undefined;
    const old = comparable ? ownOf(kept?.counters, name) : undefined;
    const medians = budgets.flatMap(({ metric }): [CounterMetric, number][] => {
      const values = measured?.counters?.[metric] ?? [];
      const amount = values.length === 0 ? old?.[metric] : median(values);
      return amount === undefined ? [] : [[metric, amount]];
    });
    if (medians.length === 0) continue;
    counters.push([name, Object.fromEntries(medians)]);
    const taken = measured === undefined ? ownOf(kept?.params, name) : measured.params;
    if (taken !== undefined) params.push([name, taken]);
  }
  return {
    version: 1,
    fingerprint,
    ...(params.length === 0 ? {} : { params: Object.fromEntries(params) }),
    counters: Object.fromEntries(counters),
  };
}

const scenarioResult = (name: string, checks: readonly Check[]): ScenarioResult => ({
  name,
  verdict: worst(checks.map(({ verdict }) => verdict)),
  checks,
});

function judge(
  { file, lines }: Document<Budgets>,
  name: string,
  { params, requireSamples, invariants = OF_ROWS, slo = [], counters = [], relative = [] }: ScenarioBudget,
  measured: ScenarioMeasurements | undefined,
  measurements: Measurements,
  baseline: Baseline | undefined,
): readonly Check[] {
  const at = (
    layer: Layer,
    metric: string,
    judged: Omit<Check, 'layer' | 'metric' | 'file' | 'line'>,
    i?: number,
  ): Check => ({
    layer,
    metric,
    ...judged,
    file,
    line: lines.lineOf(i === undefined ? ['scenarios', name] : ['scenarios', name, layer, i]),
  });
  if (measured === undefined)
    return [at('samples', 'samples', { verdict: 'fail', message: 'The scenario was not measured.' })];
  return [
    at('samples', 'samples', withOthers(params, measured) ?? samplesCheck(measured.samples, requireSamples)),
    ...invariants.map((metric) => at('invariants', metric, invariantCheck(measured.invariants?.[metric]))),
    ...slo.map((budget, i) => at('slo', budget.metric, judgeSlo(budget, measured), i)),
    ...counters.map((budget, i) =>
      at('counters', budget.metric, judgeCounter(budget, name, measured, measurements, baseline), i),
    ),
    ...relative.map((budget, i) => at('relative', budget.metric, judgeRelative(budget, measured), i)),
  ];
}

/** What was run with other params than the budget gives is not what the budget is about. Of older measurements nothing is known. */
function withOthers(params: ScenarioBudget['params'], { params: own }: ScenarioMeasurements) {
  const name = own && Object.keys(params ?? {}).find((key) => params?.[key] !== own[key]);
  if (name === undefined) return undefined;
  const message = `It was measured with ${name} ${own?.[name] ?? 'unset'} and not ${params?.[name]}.`;
  return { verdict: 'fail' as const, message };
}

const samplesCheck = (measured: number, limit: number) => ({
  verdict: measured >= limit ? ('pass' as const) : ('fail' as const),
  message: `${amount(measured)} were measured, at least ${amount(limit)} must be.`,
  measured,
  limit,
});

function invariantCheck(measured: number | undefined) {
  if (measured === undefined) return { verdict: 'fail' as const, message: 'It was not measured.' };
  const message = measured === 0 ? 'None.' : `${amount(measured)}, must be 0.`;
  return { verdict: measured === 0 ? ('pass' as const) : ('violated' as const), message, measured, limit: 0 };
}
