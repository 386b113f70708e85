import { didYouMean } from '../files/nearest.ts';
import { ownOf } from '../files/own-of.ts';
import { LoadtestError } from '../loadtest-error.ts';
import { costScenario } from './cost-scenario.ts';
import { drainScenario } from './drain-scenario.ts';
import { drillJobsScenario } from './drill-jobs-scenario.ts';
import { eventsScenario } from './events-scenario.ts';
import type { Params, Scenario } from './scenario.ts';
import { soakScenario } from './soak-scenario.ts';

const drained = (about: string, contest: string, items: number, workers: number, others: Params = {}): Scenario => ({
  about,
  params: { contest, items, workers, backend: 'sql', batchSize: 1000, repeats: 1, kills: 0, ...others },
  run: drainScenario,
});

const costing = (contest: string): Scenario => ({
  about: `what a thousand items of the ${contest} contest cost: work counters, and CPU beside another build`,
  params: { contest, items: 40_000, backend: 'sql', batchSize: 500, repeats: 3 },
  run: costScenario,
});

/** Every scenario, by name. The targets of the guide are scenarios of their own. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'predictions-50k': drained('50,000 predictions of matches, 3 worker processes', 'matches', 50_000, 3),
  'predictions-50k-w5': drained('50,000 predictions of matches, 5 worker processes', 'matches', 50_000, 5),
  'predictions-500k': drained('500,000 predictions of matches, 10 worker processes', 'matches', 500_000, 10),
  'predictions-5m': drained('5,000,000 predictions of matches, 20 worker processes', 'matches', 5_000_000, 20),
  'draw-50k': drained('50,000 entries to the draw contest, 3 worker processes', 'draw', 50_000, 3),
  'draw-50k-w5': drained('50,000 entries to the draw contest, 5 worker processes', 'draw', 50_000, 5),
  'draw-500k': drained('500,000 entries to the draw contest, 10 worker processes', 'draw', 500_000, 10),
  'draw-5m': drained('5,000,000 entries to the draw contest, 20 worker processes', 'draw', 5_000_000, 20),
  'enqueue-50k': drained('queueing 50,000 predictions, commit to commit', 'matches', 50_000, 3, { repeats: 5 }),
  'worker-rate': drained('items a minute of the slowest of 3 worker processes', 'matches', 50_000, 3, {
    batchSize: 500,
    repeats: 3,
  }),
  'drill-50k': drained(
    '50,000 predictions, 3 worker processes, 2 of which die with a slice in hand',
    'matches',
    50_000,
    3,
    {
      batchSize: 500,
      kills: 2,
    },
  ),
  'drill-jobs': {
    about: '6,000 jobs and more, 3 worker processes, 16 faults by a seed: workers killed, connections cut off',
    params: { jobs: 6000, workers: 3, faults: 16, batch: 20, seed: 0 },
    run: drillJobsScenario,
  },
  'events-100': {
    about: '100 events a second for a minute, at a constant rate, through HTTP to their results',
    params: { rate: 100, seconds: 60 },
    run: eventsScenario,
  },
  soak: {
    about: '17 events a second for half an hour: what grows that should not',
    params: { rate: 17, minutes: 30 },
    run: soakScenario,
  },
  'cost-matches': costing('matches'),
  'cost-draw': costing('draw'),
};

/** @throws LoadtestError `OPTION_INVALID` for a name that is not there, with the nearest that is */
export function scenarioOf(name: string): Scenario {
  const scenario = ownOf(SCENARIOS, name);
  if (scenario !== undefined) return scenario;
  const near = didYouMean(name, Object.keys(SCENARIOS));
  throw new LoadtestError(
    'OPTION_INVALID',
    `There is no scenario "${name}".${near} scorekeep-loadtest list has them all`,
    {
      scenario: name,
    },
  );
}

/** The scenario's own parameters with others in their place. @throws LoadtestError `OPTION_INVALID` for one it has not */
export function paramsOf(name: string, others: Readonly<Record<string, string | number | boolean>>, scale = 1): Params {
  const { params } = scenarioOf(name);
  const given = Object.entries(others).map(([key, value]): [string, string | number] => {
    if (Object.hasOwn(params, key) && typeof value !== 'boolean') return [key, value];
    const near = didYouMean(key, Object.keys(params));
    throw new LoadtestError('OPTION_INVALID', `Scenario "${name}" has no parameter "${key}".${near}`, { name, key });
  });
  const all: Record<string, string | number> = { ...params, ...Object.fromEntries(given) };
  for (const key of ['items', 'jobs', 'seconds']) {
    const value = all[key];
    if (typeof value === 'number') all[key] = Math.max(1, Math.round(value * scale));
  }
  if (typeof all['minutes'] === 'number') all['minutes'] *= scale;
  return all;
}
