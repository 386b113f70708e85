import os from 'node:os';
import type { Expendable } from '../database/open-database.ts';
import { type ContestName, fillContest } from '../drain/contest.ts';
import { type Drained, drain } from '../drain/drain.ts';
import { scoreOnce } from '../drain/scorer.ts';
import { LoadtestError } from '../loadtest-error.ts';
import { median } from '../statistics/quantile.ts';
import type { ThroughputSample } from '../statistics/scalability.ts';
import type { Throughput } from './throughput-schema.ts';

/** What is drained to learn how fast this machine is. */
export interface MeasureThroughputOptions {
  readonly database: Expendable;
  /** Folder whose build is measured. */
  readonly root: string;
  readonly contest: ContestName;
  readonly backend: 'sql' | 'js';
  /** Of each drain: so many that starting and ending are little of it. */
  readonly items: number;
  /** Numbers of worker processes; 5 of them for a plan. */
  readonly workers: readonly number[];
  /** Drains of each number; 3 of them for a plan. */
  readonly repeats: number;
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Drains with every number of workers in turn, as often as wanted, so that an hour in which the machine is slow meets all of
 * them; then scores in batches of several sizes. A drain that is not right in every row measures nothing.
 *
 * @throws LoadtestError `RUN_FAILED`
 */
export async function measureThroughput(options: MeasureThroughputOptions): Promise<Throughput> {
  const { database, root, contest, backend, items, workers, repeats, progress, signal } = options;
  const samples: ThroughputSample[] = [];
  const cpu: number[] = [];
  for (let repeat = 1; repeat <= repeats; repeat++) {
    for (const count of workers) {
      progress(`measuring: ${count} workers, repetition ${repeat} of ${repeats}`);
      const drained = await drain(database, { contest, backend, items, workers: count, root, signal });
      assertRight(drained);
      samples.push({ workers: count, perSecond: items / drained.seconds });
      if (drained.cpuMsPer1k > 0) cpu.push(drained.cpuMsPer1k / 1000);
    }
  }
  const batches: { readonly items: number; readonly ms: number }[] = [];
  await fillContest(database.pool, contest, items);
  for (const batchSize of BATCHES.filter((size) => size <= items)) {
    progress(`measuring: batches of ${batchSize}`);
    const { wallMsPer1k } = await scoreOnce(database, { contest, backend, items, batchSize, root });
    batches.push({ items: batchSize, ms: (wallMsPer1k * batchSize) / 1000 });
  }
  return {
    version: 1,
    samples,
    ...(cpu.length === 0 ? {} : { cpuMsPerItem: median(cpu) }),
    batches,
    environment: {
      takenAt: new Date().toISOString(),
      contest,
      backend,
      items,
      server: database.server,
      node: process.version,
      cores: os.availableParallelism(),
    },
  };
}

const BATCHES = [250, 1000, 4000, 16_000];

function assertRight({ lost, duplicated, misScored, parked }: Drained): void {
  if (lost + duplicated + misScored + parked === 0) return;
  const message = `${lost} rows were lost, ${duplicated} scored twice, ${misScored} wrongly and ${parked} parked: such a drain says nothing about speed`;
  throw new LoadtestError('RUN_FAILED', message, { lost, duplicated, misScored, parked });
}
