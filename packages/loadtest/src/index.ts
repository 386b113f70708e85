/** Load tests run and judged: scenarios, budgets, statistics for noisy machines, a gate, reports, a plan. */
export type { Budgets, CounterBudget, Profile, RelativeBudget, ScenarioBudget, SloBudget } from './budgets/budgets.ts';
export { parseBudgets } from './budgets/parse-budgets.ts';
export { type Expendable, openDatabase } from './database/open-database.ts';
export { findKnee, type Knee, type KneeOptions } from './events/find-knee.ts';
export { type OpenLoop, type OpenLoopOptions, openLoop } from './events/open-loop.ts';
export type { JsonLines, Step } from './files/json-lines.ts';
export type { Document, DocumentFault } from './files/read-document.ts';
export { baselineOf, type GateOptions, gate } from './gate/gate.ts';
export type { Baseline, Facts, Measurements, ScenarioMeasurements } from './gate/measurements.ts';
export type { Moment, Observed } from './gate/observed.ts';
export { readBaseline, readMeasurements } from './gate/read-measurements.ts';
export { readResult } from './gate/read-result.ts';
export { type Check, exitCodeOf, type Layer, type Result, type ScenarioResult, type Verdict } from './gate/result.ts';
export { type SelfTest, type SelfTestOptions, type SelfTestRow, selfTest } from './gate/self-test.ts';
export { LoadtestError, type LoadtestErrorCode } from './loadtest-error.ts';
export {
  type CounterMetric,
  type InvariantMetric,
  METRICS,
  type Metric,
  type RelativeMetric,
  type SloMetric,
} from './metrics.ts';
export { littlesLawError, type Resources, type WorkerCap, workerCaps } from './plan/caps.ts';
export { type MeasureThroughputOptions, measureThroughput } from './plan/measure-throughput.ts';
export { type Plan, type PlannedRate, type PlanOptions, plan, plannedRate } from './plan/plan.ts';
export { type PlanCell, planTable, planText } from './plan/plan-table.ts';
export { readThroughput } from './plan/read-throughput.ts';
export { composeText, envText, type Settings, settingsOf } from './plan/settings.ts';
export { type BatchCost, batchCost, batchSize, poolSize } from './plan/sizing.ts';
export type { Throughput } from './plan/throughput-schema.ts';
export { annotations } from './report/annotations.ts';
export { type HtmlReportOptions, htmlReport } from './report/html/html-report.ts';
export { junit } from './report/junit.ts';
export { stepSummary } from './report/step-summary.ts';
export { text } from './report/text.ts';
export { paramsOf, SCENARIOS } from './scenarios/catalogue.ts';
export { type RunOptions, runScenarios } from './scenarios/run-scenarios.ts';
export type { Params, Scenario, ScenarioContext } from './scenarios/scenario.ts';
export { type BootstrapOptions, bootstrap, type Interval } from './statistics/bootstrap.ts';
export {
  type Decision,
  type Pair,
  type PairedRatio,
  type PairedRatioOptions,
  pairedRatio,
} from './statistics/paired-ratio.ts';
export { type PercentilePoint, percentileCurve, samplesFor } from './statistics/percentile-curve.ts';
export { ascending, median, medianDeviation, quantile } from './statistics/quantile.ts';
export {
  fitScalability,
  type Scalability,
  type ScalabilityOptions,
  type ThroughputSample,
} from './statistics/scalability.ts';
export { fitCurve, type ScalabilityCurve, throughput } from './statistics/scalability-curve.ts';
export { type ClosedModel, type ClosedModelOptions, closedModel } from './suites/closed-model.ts';
