import { seededRandom } from '@scorekeep/core/forecasts';
import { type RelativeBudget, shareOf } from '../budgets/budgets.ts';
import { connectionsLeft } from '../database/connections-left.ts';
import { type Compared, compareBuilds } from '../drain/compare-builds.ts';
import { type ContestName, fillContest } from '../drain/contest.ts';
import { type Cost, scoreOnce } from '../drain/scorer.ts';
import type { ScenarioMeasurements } from '../gate/measurements.ts';
import { type CounterMetric, namesOf } from '../metrics.ts';
import { pairedRatio } from '../statistics/paired-ratio.ts';
import { amountParam, nameParam } from './params.ts';
import type { ScenarioContext } from './scenario.ts';

/** What a thousand items cost: work counters, and CPU time beside another build where there is one. */
export async function costScenario(context: ScenarioContext): Promise<ScenarioMeasurements> {
  const { database, params, root, against, progress, signal } = context;
  const contest = nameParam<ContestName>(params, 'contest', ['matches', 'draw']);
  const work = {
    contest,
    backend: nameParam<'sql' | 'js'>(params, 'backend', ['sql', 'js']),
    items: amountParam(params, 'items'),
    batchSize: amountParam(params, 'batchSize'),
    signal,
  };
  await fillContest(database.pool, contest, work.items);
  const costs: Cost[] = [];
  for (let repeat = 1; repeat <= amountParam(params, 'repeats'); repeat++) {
    progress(`counting, repetition ${repeat}`);
    costs.push(await scoreOnce(database, { ...work, root }));
  }
  const compared =
    against === undefined
      ? undefined
      : await compareBuilds(database, {
          ...work,
          base: { root: against.root },
          candidate: { root },
          goOn: (soFar) => undecided(soFar, against.budgets),
          onRound: (round) => progress(`comparing two builds, round ${round}`),
        });
  const all = [...costs, ...(compared?.costs ?? [])];
  const sum = (of: (one: Cost) => number): number => all.reduce((total, one) => total + of(one), 0);
  const counted = (metric: CounterMetric): number[] =>
    costs.map(({ counters }) => counters[metric]).filter((value) => value !== undefined);
  return {
    samples: work.items,
    invariants: {
      'rows.lost': sum(({ lost }) => lost),
      'rows.duplicated': sum(({ duplicated }) => duplicated),
      'rows.mis_scored': sum(({ misScored }) => misScored),
      'connections.leaked': await connectionsLeft(database.pool),
    },
    counters: Object.fromEntries(
      namesOf('counters').flatMap((metric) => {
        const values = counted(metric);
        return values.length === 0 ? [] : [[metric, values]];
      }),
    ),
    ...(compared === undefined ? {} : { pairs: { 'cpu.ms_per_1k': compared.cpu, 'wall.ms_per_1k': compared.wall } }),
  };
}

/** Four rounds more for as long as the interval of any of these budgets still holds it. */
export function undecided(soFar: Pick<Compared, 'cpu' | 'wall'>, budgets: readonly RelativeBudget[]): boolean {
  return budgets.some(({ metric, maxIncrease, confidence = 0.95, rounds = [8, 24] as const }) => {
    const pairs = metric === 'cpu.ms_per_1k' ? soFar.cpu : soFar.wall;
    if (pairs.length < rounds[0]) return true;
    if ((pairs.length - rounds[0]) % 4 !== 0) return pairs.length < rounds[1];
    return pairedRatio(pairs, { maxIncrease: shareOf(maxIncrease), rounds, confidence, random: seededRandom(1) })
      .moreRounds;
  });
}
