import { drillJobs } from '../drill/drill-jobs.ts';
import type { ScenarioMeasurements } from '../gate/measurements.ts';
import { amountParam } from './params.ts';
import type { ScenarioContext } from './scenario.ts';

/** Jobs while faults befall their workers; every recovery from a death is a window. */
export async function drillJobsScenario(context: ScenarioContext): Promise<ScenarioMeasurements> {
  const { database, params, root, progress, signal } = context;
  const seed = amountParam(params, 'seed', { least: 0 }) || 1 + Math.floor(Math.random() * SEEDS);
  progress(`seed ${seed}`);
  const drilled = await drillJobs(database, {
    jobs: amountParam(params, 'jobs'),
    workers: amountParam(params, 'workers', { least: 2 }),
    faults: amountParam(params, 'faults'),
    batch: amountParam(params, 'batch', { most: 1000 }),
    seed,
    root,
    signal,
    onProgress: (done, accepted) => progress(`seed ${seed}, ${done} of ${accepted} jobs`),
  });
  return {
    samples: drilled.done,
    // No order is to be kept (I7), since the job has no key.
    invariants: {
      'jobs.lost': drilled.lost,
      'jobs.not_once': drilled.notOnce,
      'jobs.miscounted': Math.abs(drilled.miscounted),
      'jobs.unfounded': drilled.unfounded,
      'jobs.charged': drilled.overcharged,
      'jobs.orphaned': drilled.orphaned,
      'jobs.misjudged': drilled.misjudged,
      // Where there is no /proc, nobody has looked.
      ...(drilled.usage.samples > 0 ? { 'workers.outgrown': drilled.outgrown } : {}),
      'connections.leaked': drilled.connectionsLeaked,
    },
    windows: {
      'recovery.seconds': drilled.recoveriesMs.map((ms) => ms / 1000),
      'throughput.per_second': [drilled.done / drilled.seconds],
    },
    observed: { configuration: { seed, faults: drilled.faults.join(', ') } },
  };
}

const SEEDS = 1e7;
