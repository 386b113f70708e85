import type { CounterMetric, InvariantMetric, RelativeMetric, SloMetric } from '../metrics.ts';
import type { Pair } from '../statistics/paired-ratio.ts';
import type { Observed } from './observed.ts';

/** What was measured, as a run leaves it for the gate. Its JSON Schema is `schema/measurements-1.json`. */
export interface Measurements {
  readonly $schema?: string | undefined;
  readonly version: 1;
  /** ISO 8601. */
  readonly takenAt: string;
  /** The machine and the settings, for the report. */
  readonly environment: Facts;
  /** What work counters depend on, such as the major version of Postgres: a baseline of another fingerprint is refused. */
  readonly fingerprint: Readonly<Record<string, string>>;
  readonly scenarios: Readonly<Record<string, ScenarioMeasurements>>;
}

export type Facts = Readonly<Record<string, string | number | boolean>>;

export interface ScenarioMeasurements {
  /** Items that were measured. */
  readonly samples: number;
  /** What the scenario was run with. */
  readonly params?: Readonly<Record<string, string | number>> | undefined;
  /** Counted over the whole run. */
  readonly invariants?: Partial<Readonly<Record<InvariantMetric, number>>> | undefined;
  /** One value for each window or repetition. */
  readonly windows?: Partial<Readonly<Record<SloMetric, readonly number[]>>> | undefined;
  /** One value for each repetition. */
  readonly counters?: Partial<Readonly<Record<CounterMetric, readonly number[]>>> | undefined;
  /** One pair for each interleaved round. */
  readonly pairs?: Partial<Readonly<Record<RelativeMetric, readonly Pair[]>>> | undefined;
  /** Why wall-clock time says nothing here, such as a generator that lagged: those checks become inconclusive. */
  readonly disturbed?: readonly string[] | undefined;
  /** For the report; not judged. */
  readonly observed?: Observed | undefined;
}

/** Work counters of an earlier run, committed beside the budgets. Its JSON Schema is `schema/baseline-1.json`. */
export interface Baseline {
  readonly $schema?: string | undefined;
  readonly version: 1;
  readonly fingerprint: Readonly<Record<string, string>>;
  /** What each scenario was run with: counters of other params say nothing about it. */
  readonly params?: Readonly<Record<string, Readonly<Record<string, string | number>>>> | undefined;
  /** By scenario, then by metric. */
  readonly counters: Readonly<Record<string, Partial<Readonly<Record<CounterMetric, number>>>>>;
}
