import os from 'node:os';
import path from 'node:path';
import type { RelativeBudget } from '../budgets/budgets.ts';
import type { Expendable } from '../database/open-database.ts';
import type { Measurements, ScenarioMeasurements } from '../gate/measurements.ts';
import { scenarioOf } from './catalogue.ts';
import type { Params } from './scenario.ts';

/** What is to be run. */
interface Planned {
  readonly name: string;
  readonly params: Params;
  readonly relative?: readonly RelativeBudget[] | undefined;
}

export interface RunOptions {
  readonly database: Expendable;
  readonly scenarios: readonly Planned[];
  /** Folder of the build that those with relative budgets are compared with. */
  readonly against?: string | undefined;
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** This build: the folder that `@scorekeep/queue` is found from. */
export const OWN_ROOT: string = path.resolve(import.meta.dirname, import.meta.url.endsWith('.ts') ? '../..' : '..');

/** Runs scenarios one after the other; gives what the gate reads. @throws LoadtestError `RUN_FAILED` */
export async function runScenarios({
  database,
  scenarios,
  against,
  progress,
  signal,
}: RunOptions): Promise<Measurements> {
  const measured: Record<string, ScenarioMeasurements> = {};
  const takenAt = new Date().toISOString();
  for (const { name, params, relative = [] } of scenarios) {
    const budgets = against === undefined || relative.length === 0 ? undefined : { root: against, budgets: relative };
    const found = await scenarioOf(name).run({
      database,
      params,
      root: OWN_ROOT,
      against: budgets,
      progress: (line) => progress(`${name}: ${line}`),
      signal,
    });
    measured[name] = { ...found, params };
  }
  return {
    version: 1,
    takenAt,
    environment: {
      server: database.server,
      node: process.version,
      cores: os.availableParallelism(),
      cpu: os.cpus()[0]?.model ?? 'unknown',
      memory: `${(os.totalmem() / 2 ** 30).toFixed(1)} GiB`,
      load: Number((os.loadavg()[0] ?? 0).toFixed(2)),
    },
    fingerprint: database.fingerprint,
    scenarios: measured,
  };
}
