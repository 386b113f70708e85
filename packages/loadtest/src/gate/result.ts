import type { Facts } from './measurements.ts';

/**
 * From best to worst. `inconclusive`: what was measured does not decide. `fail`: a budget is missed, or nothing was measured.
 * `violated`: an invariant does not hold, and no speed makes up for that.
 */
export type Verdict = 'pass' | 'inconclusive' | 'fail' | 'violated';

/** What the gate found, for machines. Its JSON Schema is `schema/result-1.json`. */
export interface Result {
  readonly $schema?: string | undefined;
  readonly version: 1;
  /** The worst verdict of all checks. */
  readonly verdict: Verdict;
  /** What a process that reports this ends with: {@link exitCodeOf}. */
  readonly exitCode: number;
  readonly profile: string;
  /** When it was measured, ISO 8601. */
  readonly takenAt: string;
  readonly environment: Facts;
  readonly scenarios: readonly ScenarioResult[];
}

export interface ScenarioResult {
  readonly name: string;
  readonly verdict: Verdict;
  readonly checks: readonly Check[];
}

export type Layer = 'samples' | 'invariants' | 'slo' | 'counters' | 'relative';

/** One budget, and whether it is kept. */
export interface Check {
  readonly layer: Layer;
  readonly metric: string;
  readonly verdict: Verdict;
  /** One sentence, with the numbers. */
  readonly message: string;
  readonly measured?: number | undefined;
  readonly limit?: number | undefined;
  /** Of a ratio: where the truth lies with the budget's confidence. */
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  /** Share of the limit that is left. */
  readonly headroom?: number | undefined;
  /** Where the budget stands. */
  readonly file: string;
  readonly line: number;
}

const SEVERITY: readonly Verdict[] = ['pass', 'inconclusive', 'fail', 'violated'];

/** The worst of them; `fail` for none, since nothing checked is nothing proven. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return SEVERITY[Math.max(...verdicts.map((verdict) => SEVERITY.indexOf(verdict)))] ?? 'fail';
}

/** What a process ends with. 2, for wrong use, and 5, for a missing environment, come before there is a result. */
export function exitCodeOf(verdict: Verdict, onInconclusive: 'warn' | 'fail'): number {
  return { pass: 0, fail: 1, inconclusive: onInconclusive === 'fail' ? 3 : 0, violated: 4 }[verdict];
}
