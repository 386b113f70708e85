import { seededRandom } from '@scorekeep/core/forecasts';
import type { Budgets } from '../budgets/budgets.ts';
import { parseBudgets } from '../budgets/parse-budgets.ts';
import type { Document } from '../files/read-document.ts';
import { normal } from '../statistics/normal.ts';
import type { Pair } from '../statistics/paired-ratio.ts';
import { gate } from './gate.ts';
import type { Baseline, Measurements } from './measurements.ts';
import type { Verdict } from './result.ts';

/** What the gate said about many synthetic measurements of one kind. */
export interface SelfTestRow {
  readonly planted: string;
  /** Deviation of one measurement from the next, as a share. */
  readonly noise: number;
  readonly decisions: number;
  readonly passed: number;
  readonly inconclusive: number;
  readonly failed: number;
  /** Rounds that a decision took, on average. */
  readonly rounds: number;
  /** Whether the gate did what it must: at most 2 % false alarms, at least 90 % of what was planted found. */
  readonly ok: boolean;
}

export interface SelfTestOptions {
  /** Of each kind: 100 unless given. */
  readonly decisions?: number;
  readonly seed?: number;
  /** The budget for CPU: `"10%"` unless given. A budget that is too wide does not find what is planted. */
  readonly maxIncrease?: string;
}

export interface SelfTest {
  readonly ok: boolean;
  readonly rows: readonly SelfTestRow[];
}

/**
 * Lets the gate judge synthetic measurements whose truth is known: the same code twice, 30 % more CPU, and one more statement
 * for each thousand items, on a quiet machine and on a busy one, with a round in twenty that another process spoils. It tests
 * the deciding, not the measuring. The same seed gives the same table.
 */
export function selfTest({ decisions = 100, seed = 1, maxIncrease = '10%' }: SelfTestOptions = {}): SelfTest {
  const random = seededRandom(seed);
  const budgets = syntheticBudgets(maxIncrease);
  const cases = [0.03, 0.08].flatMap((noise) => [
    { planted: 'nothing', cpu: 1, statements: 40, noise },
    { planted: '30 % more CPU', cpu: 1.3, statements: 40, noise },
    { planted: 'one more statement', cpu: 1, statements: 41, noise },
  ]);
  const rows = cases.map(({ planted, cpu, statements, noise }): SelfTestRow => {
    const outcomes = Array.from({ length: decisions }, () => decide(budgets, random, cpu, statements, noise));
    const count = (verdict: Verdict): number => outcomes.filter((outcome) => outcome.verdict === verdict).length;
    const failed = count('fail');
    const rounds = outcomes.reduce((sum, outcome) => sum + outcome.rounds, 0) / decisions;
    const ok = planted === 'nothing' ? failed <= 0.02 * decisions : failed >= 0.9 * decisions;
    return {
      planted,
      noise,
      decisions,
      passed: count('pass'),
      inconclusive: count('inconclusive'),
      failed,
      rounds,
      ok,
    };
  });
  return { ok: rows.every((row) => row.ok), rows };
}

const syntheticBudgets = (maxIncrease: string): Document<Budgets> =>
  parseBudgets(
    JSON.stringify({
      version: 1,
      profiles: { pr: { include: ['synthetic'] } },
      scenarios: {
        synthetic: {
          requireSamples: 1000,
          counters: [{ metric: 'pg.statements_per_1k', maxIncrease: '2%' }],
          relative: [{ metric: 'cpu.ms_per_1k', maxIncrease, rounds: [8, 24] }],
        },
      },
    }),
    'self-test',
  );
const BASELINE: Baseline = { version: 1, fingerprint: {}, counters: { synthetic: { 'pg.statements_per_1k': 40 } } };

/** Measures four rounds more for as long as the gate is undecided, as a run does. */
function decide(
  budgets: Document<Budgets>,
  random: () => number,
  cpu: number,
  statements: number,
  noise: number,
): { readonly verdict: Verdict; readonly rounds: number } {
  const pairs: Pair[] = [];
  for (;;) {
    const least = pairs.length === 0 ? 8 : 4;
    for (let i = 0; i < least; i++) pairs.push(round(random, pairs.length, cpu, noise));
    const { verdict } = gate(budgets, measured(pairs, statements), { profile: 'pr', baseline: BASELINE });
    if (verdict !== 'inconclusive' || pairs.length >= 24) return { verdict, rounds: pairs.length };
  }
}

function round(random: () => number, place: number, cpu: number, noise: number): Pair {
  const machine = 20 * Math.exp(noise * normal(random));
  const one = (): number => machine * Math.exp(noise * normal(random)) * (random() < 0.05 ? 1 + random() : 1);
  return { base: one(), candidate: cpu * one(), first: place % 2 === 0 ? 'base' : 'candidate' };
}

const measured = (pairs: readonly Pair[], statements: number): Measurements => ({
  version: 1,
  takenAt: '1970-01-01T00:00:00Z',
  environment: { synthetic: true },
  fingerprint: {},
  scenarios: {
    synthetic: {
      samples: 1000,
      invariants: { 'rows.lost': 0, 'rows.duplicated': 0, 'rows.mis_scored': 0, 'connections.leaked': 0 },
      counters: { 'pg.statements_per_1k': [statements] },
      pairs: { 'cpu.ms_per_1k': pairs },
    },
  },
});
