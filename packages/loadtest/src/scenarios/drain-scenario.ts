import type { ContestName } from '../drain/contest.ts';
import { type Drained, drain } from '../drain/drain.ts';
import type { ScenarioMeasurements } from '../gate/measurements.ts';
import { amountParam, killsParam, nameParam } from './params.ts';
import type { ScenarioContext } from './scenario.ts';

/** Drains as often as `repeats` says; every repetition is a window. */
export async function drainScenario(context: ScenarioContext): Promise<ScenarioMeasurements> {
  const { database, params, root, progress, signal } = context;
  const items = amountParam(params, 'items');
  const workers = amountParam(params, 'workers');
  const repeats = amountParam(params, 'repeats');
  const kills = killsParam(params);
  const drains: Drained[] = [];
  for (let repeat = 1; repeat <= repeats; repeat++) {
    progress(`filling, repetition ${repeat} of ${repeats}`);
    drains.push(
      await drain(database, {
        contest: nameParam<ContestName>(params, 'contest', ['matches', 'draw']),
        backend: nameParam<'sql' | 'js'>(params, 'backend', ['sql', 'js']),
        batchSize: amountParam(params, 'batchSize'),
        items,
        workers,
        kills,
        root,
        signal,
        onProgress: (done, expected) => progress(`${done} of ${expected} items, repetition ${repeat} of ${repeats}`),
      }),
    );
  }
  const sum = (of: (one: Drained) => number): number => drains.reduce((total, one) => total + of(one), 0);
  const each = (of: (one: Drained) => number): number[] => drains.map(of);
  const ofAllWorkers = ({ byWorker }: Drained): number => byWorker.reduce((total, own) => total + own, 0);
  return {
    // What the dead had done, they cannot say any more: the rows do.
    samples: Math.min(...each((one) => (kills > 0 ? one.rows - one.lost : ofAllWorkers(one)))),
    invariants: {
      'rows.lost': sum(({ lost }) => lost),
      'rows.duplicated': sum(({ duplicated }) => duplicated),
      'rows.mis_scored': sum(({ misScored }) => misScored),
      'connections.leaked': sum(({ connectionsLeaked }) => connectionsLeaked),
    },
    windows: {
      'drain.seconds': each(({ seconds }) => seconds),
      'enqueue.seconds': each(({ enqueueSeconds }) => enqueueSeconds),
      'throughput.per_second': each(({ seconds }) => items / seconds),
      ...(kills > 0 ? {} : ofEachWorker(drains)),
      'error.rate': each(({ parked, lost, misScored }) => (parked + lost + misScored) / items),
    },
    observed: { series: drains.at(-1)?.series, configuration: drains.at(-1)?.effective },
  };
}

const ofEachWorker = (drains: readonly Drained[]): NonNullable<ScenarioMeasurements['windows']> => ({
  'worker.per_minute': drains.map(({ byWorker, seconds }) => (Math.min(...byWorker) * 60) / seconds),
  'worker.fairness': drains.map(({ byWorker }) => Math.max(...byWorker) / Math.max(1, Math.min(...byWorker))),
});
