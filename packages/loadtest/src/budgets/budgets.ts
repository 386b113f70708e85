import type { CounterMetric, InvariantMetric, RelativeMetric, SloMetric } from '../metrics.ts';

/** What a load test must keep to, as it stands in a file. Its JSON Schema is `schema/budgets-1.json`. */
export interface Budgets {
  readonly $schema?: string | undefined;
  readonly version: 1;
  /** Which scenarios are judged when: `pr`, `nightly`, `full`, or other names. */
  readonly profiles: Readonly<Record<string, Profile>>;
  readonly scenarios: Readonly<Record<string, ScenarioBudget>>;
  /** How a git ref becomes a build that can be compared with. Versions on npm need nothing. */
  readonly against?: AgainstConfig | undefined;
}

export interface AgainstConfig {
  /** Command that makes the build, run by the shell in the root of a fresh checkout. */
  readonly build: string;
  /** Folder in the checkout that `@scorekeep/queue` is found from: its root unless given. */
  readonly root?: string | undefined;
}

export interface Profile {
  /** Another profile, whose scenarios are judged too. */
  readonly extends?: string | undefined;
  readonly include: readonly string[];
  /** Whether what cannot be decided fails the gate. `warn` unless given. */
  readonly onInconclusive?: 'warn' | 'fail' | undefined;
}

/** The budgets of one scenario. */
export interface ScenarioBudget {
  /** What the scenario is run with. */
  readonly params?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** Items that must have been measured: fewer fail, whatever they show. */
  readonly requireSamples: number;
  /** Which invariants are measured and must be 0: those of rows unless given. None where only a URL is known, no database. */
  readonly invariants?: readonly InvariantMetric[] | undefined;
  readonly slo?: readonly SloBudget[] | undefined;
  readonly counters?: readonly CounterBudget[] | undefined;
  readonly relative?: readonly RelativeBudget[] | undefined;
}

/** A limit for wall-clock time or a share. Exactly one of the four bounds. */
export interface SloBudget {
  readonly metric: SloMetric;
  readonly max?: number | undefined;
  readonly maxExclusive?: number | undefined;
  readonly min?: number | undefined;
  readonly minExclusive?: number | undefined;
  /** Where the limit comes from, for the report. */
  readonly source?: string | undefined;
}

/** A limit for the increase of work per thousand items against the committed baseline. */
export interface CounterBudget {
  readonly metric: CounterMetric;
  /** `"2%"` */
  readonly maxIncrease: string;
}

/** A limit for the increase against another build, measured in turn with it. */
export interface RelativeBudget {
  readonly metric: RelativeMetric;
  /** `"10%"` */
  readonly maxIncrease: string;
  /** 0.95 unless given. */
  readonly confidence?: number | undefined;
  /** Rounds before anything is decided, and rounds after which it stays undecided. 8 and 24 unless given. */
  readonly rounds?: readonly [number, number] | undefined;
}

/** `"2%"` as 0.02. */
export const shareOf = (percent: string): number => Number(percent.slice(0, -1)) / 100;
