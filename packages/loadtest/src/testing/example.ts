import type { Baseline, Measurements, ScenarioMeasurements } from '../gate/measurements.ts';
import type { Pair } from '../statistics/paired-ratio.ts';

/** Budgets as a host writes them; each line has its number below. */
export const BUDGETS = `{
  "$schema": "./node_modules/@scorekeep/loadtest/schema/budgets-1.json",
  "version": 1,
  "profiles": {
    "pr": { "include": ["predictions-50k"] },
    "nightly": { "extends": "pr", "include": ["events-100"], "onInconclusive": "fail" }
  },
  "scenarios": {
    "predictions-50k": {
      "params": { "items": 50000, "workers": 3 },
      "requireSamples": 50000,
      "slo": [
        { "metric": "drain.seconds", "max": 1020, "source": "the guide, 3 workers" },
        { "metric": "error.rate", "maxExclusive": 0.001 },
        { "metric": "worker.per_minute", "min": 1000 }
      ],
      "counters": [
        { "metric": "pg.statements_per_1k", "maxIncrease": "2%" }
      ],
      "relative": [
        { "metric": "cpu.ms_per_1k", "maxIncrease": "10%", "rounds": [8, 24] }
      ]
    },
    "events-100": {
      "requireSamples": 6000,
      "slo": [{ "metric": "processed.share", "min": 0.99 }]
    }
  }
}
`;

export const pairs = (ratio: number, rounds = 8): readonly Pair[] =>
  Array.from({ length: rounds }, (_, i) => ({
    base: 20 + i,
    candidate: (20 + i) * ratio * (1 + (i % 3) / 100),
    first: i % 2 === 0 ? 'base' : 'candidate',
  }));

const invariants = { 'rows.lost': 0, 'rows.duplicated': 0, 'rows.mis_scored': 0, 'connections.leaked': 0 };

const params = { items: 50_000, workers: 3 };

/** A run that keeps every budget. */
export const GOOD: ScenarioMeasurements = {
  samples: 50_000,
  params,
  invariants,
  windows: { 'drain.seconds': [3.1, 2.9, 40], 'error.rate': [0, 0], 'worker.per_minute': [290_000, 310_000] },
  counters: { 'pg.statements_per_1k': [40, 40, 41] },
  pairs: { 'cpu.ms_per_1k': pairs(1) },
};

export const measurements = (scenario: ScenarioMeasurements = GOOD): Measurements => ({
  version: 1,
  takenAt: '2026-11-25T19:00:00Z',
  environment: { cores: 2, node: 'v24.21.0' },
  fingerprint: { postgres: '18', schema: '7' },
  scenarios: {
    'predictions-50k': scenario,
    'events-100': { samples: 6000, invariants, windows: { 'processed.share': [0.999] } },
  },
});

export const BASELINE: Baseline = {
  version: 1,
  fingerprint: { postgres: '18', schema: '7' },
  params: { 'predictions-50k': params },
  counters: { 'predictions-50k': { 'pg.statements_per_1k': 40 } },
};
