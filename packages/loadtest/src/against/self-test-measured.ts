import type { Budgets, RelativeBudget } from '../budgets/budgets.ts';
import { parseBudgets } from '../budgets/parse-budgets.ts';
import type { Expendable } from '../database/open-database.ts';
import { compareBuilds } from '../drain/compare-builds.ts';
import { fillContest } from '../drain/contest.ts';
import type { WorkerTask } from '../drain/protocol.ts';
import { type Cost, type Scorer, startScorer } from '../drain/scorer.ts';
import type { Document } from '../files/read-document.ts';
import { gate } from '../gate/gate.ts';
import type { Baseline, Measurements } from '../gate/measurements.ts';
import type { Result, Verdict } from '../gate/result.ts';
import { undecided } from '../scenarios/cost-scenario.ts';
import { median } from '../statistics/quantile.ts';

export interface MeasuredSelfTestOptions {
  readonly database: Expendable;
  /** Folder whose build is measured, on both sides. */
  readonly root: string;
  readonly items: number;
  readonly rounds: readonly [least: number, most: number];
  readonly planted?: readonly Planted[];
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What is planted into one of the two sides. */
type Planted = 'nothing' | '30 % more CPU' | '25 % more CPU' | 'one more statement a step';

/** What the gate said about it. */
export interface MeasuredDecision {
  readonly planted: Planted;
  readonly verdict: Verdict;
  readonly result: Result;
  readonly rounds: number;
  readonly ok: boolean;
}

/**
 * Lets the gate judge real measurements whose truth is known: this build against itself, with nothing planted, with more CPU
 * time for each item in the worker, with a statement more for each step. Each is measured and judged as `gate` does it.
 * `ok` for nothing planted means that the gate does not accuse: inconclusive is allowed on a busy machine. `ok` for the rest means
 * that the layer fails which is there for it: CPU beside another build, or the counters.
 */
export async function measuredSelfTest(options: MeasuredSelfTestOptions): Promise<readonly MeasuredDecision[]> {
  const { database, root, items, rounds, progress, signal } = options;
  const { planted: kinds = ['nothing', '30 % more CPU', STATEMENT] } = options;
  const relative: readonly RelativeBudget[] = [{ metric: 'cpu.ms_per_1k', maxIncrease: '10%', rounds }];
  const budgets = budgetsOf(items, relative);
  const work = { contest: 'matches', items, backend: 'sql', batchSize: 500, signal } as const;
  await fillContest(database.pool, 'matches', items);
  const plain = await warmCosts(() => startScorer(database, { ...work, root }));
  const cpuMs = median(plain.map((cost) => cost.cpuMsPer1k));
  const baseline: Baseline = {
    version: 1,
    fingerprint: database.fingerprint,
    counters: {
      cost: {
        'pg.statements_per_1k': median(plain.map((cost) => cost.counters['pg.statements_per_1k'] ?? Number.NaN)),
      },
    },
  };
  const decisions: MeasuredDecision[] = [];
  for (const planted of kinds) {
    const { cpu, costs } = await compareBuilds(database, {
      ...work,
      base: { root },
      candidate: { root, plant: plantOf(planted, cpuMs) },
      // A counter is certain after one round: more of them would only look at CPU, where nothing is planted.
      goOn: (soFar) => (planted === STATEMENT ? soFar.cpu.length < rounds[0] : undecided(soFar, relative)),
      onRound: (round) => progress(`planted ${planted}, round ${round}`),
    });
    const measurements: Measurements = {
      version: 1,
      takenAt: new Date().toISOString(),
      environment: { server: database.server, planted },
      fingerprint: database.fingerprint,
      scenarios: {
        cost: {
          samples: items,
          invariants: {
            'rows.lost': Math.max(...costs.map(({ lost }) => lost)),
            'rows.duplicated': Math.max(...costs.map(({ duplicated }) => duplicated)),
            'rows.mis_scored': Math.max(...costs.map(({ misScored }) => misScored)),
          },
          counters: {
            'pg.statements_per_1k': costs.map(({ counters }) => counters['pg.statements_per_1k'] ?? Number.NaN),
          },
          pairs: { 'cpu.ms_per_1k': cpu },
        },
      },
    };
    const result = gate(budgets, measurements, { profile: 'self-test', baseline });
    decisions.push({ planted, verdict: result.verdict, result, rounds: cpu.length, ok: isRight(planted, result) });
  }
  return decisions;
}

/** What the plain build costs, once its code is warm. */
async function warmCosts(start: () => Promise<Scorer>): Promise<readonly Cost[]> {
  await using scorer = await start();
  await scorer.score();
  return [await scorer.score(), await scorer.score(), await scorer.score()];
}

const STATEMENT = 'one more statement a step';

/** Of each item in microseconds: what a thousand take in milliseconds is the same number. */
function plantOf(planted: Planted, cpuMs: number): WorkerTask['plant'] {
  switch (planted) {
    case 'nothing':
      return undefined;
    case '25 % more CPU':
      return { cpuMicroseconds: 0.25 * cpuMs, statements: 0 };
    case '30 % more CPU':
      return { cpuMicroseconds: 0.3 * cpuMs, statements: 0 };
    case STATEMENT:
      return { cpuMicroseconds: 0, statements: 1 };
  }
}

function isRight(planted: Planted, { verdict, scenarios }: Result): boolean {
  if (planted === 'nothing') return verdict === 'pass' || verdict === 'inconclusive';
  const layer = planted === STATEMENT ? 'counters' : 'relative';
  const failed = scenarios.flatMap(({ checks }) => checks.filter((check) => check.verdict === 'fail'));
  return verdict === 'fail' && failed.some((check) => check.layer === layer);
}

const budgetsOf = (items: number, relative: readonly RelativeBudget[]): Document<Budgets> =>
  parseBudgets(
    JSON.stringify({
      version: 1,
      profiles: { 'self-test': { include: ['cost'] } },
      scenarios: {
        cost: {
          requireSamples: items,
          invariants: ['rows.lost', 'rows.duplicated', 'rows.mis_scored'],
          counters: [{ metric: 'pg.statements_per_1k', maxIncrease: '2%' }],
          relative,
        },
      },
    }),
    'self-test',
  );
