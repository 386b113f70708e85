import { type Expendable, empty } from '../database/open-database.ts';
import { countWork, type WorkCounters } from '../database/work-counters.ts';
import { LoadtestError } from '../loadtest-error.ts';
import { cpuSecondsOf } from '../process-cpu.ts';
import type { DrainOptions } from './drain.ts';
import { PROJECTION } from './protocol.ts';
import { type Reconciliation, reconcile } from './reconcile.ts';
import { startWorker } from './worker-process.ts';

/** What a thousand items cost. */
export interface Cost extends Reconciliation {
  /** CPU time of Node and of Postgres, in milliseconds; of Node alone where the server is not ours to see. */
  readonly cpuMsPer1k: number;
  readonly wallMsPer1k: number;
  /** Empty where Postgres does not count. */
  readonly counters: WorkCounters;
}

/**
 * Scores what {@link fillContest} has filled in one process, in batches of one size: nothing depends on the clock or on who is
 * faster, so that two runs of the same code count the same to well under a percent.
 *
 * @throws LoadtestError `RUN_FAILED`; `ENVIRONMENT_MISSING` where CPU time cannot be read
 */
export async function scoreOnce(
  database: Expendable,
  { contest, items, backend, batchSize = 500, root, plant }: Omit<DrainOptions, 'workers'>,
): Promise<Cost> {
  await empty(database);
  const worker = await startWorker({ url: database.url, contest, backend, batchSize, root, plant, serve: false });
  try {
    const cpu = (): number =>
      cpuSecondsOf(worker.pid) + (database.serverPid === undefined ? 0 : cpuSecondsOf(database.serverPid));
    const score = async (): Promise<Pick<Cost, 'cpuMsPer1k' | 'wallMsPer1k'> & { readonly slices: number }> => {
      const before = cpu();
      const { seconds, slices } = await worker.ask({ ask: 'score-inline', limit: items });
      return { cpuMsPer1k: ((cpu() - before) * 1e6) / items, wallMsPer1k: (seconds * 1e6) / items, slices };
    };
    const [{ slices, ...cost }, counted] = database.counts
      ? await countWork(database, items, score)
      : [await score(), undefined];
    if (!(cost.cpuMsPer1k > 0)) throw noCpu();
    const counters = counted === undefined ? {} : { ...counted, 'jobs.per_1k': (slices * 1000) / items };
    return { ...cost, counters, ...(await reconcile(database.pool, contest, PROJECTION)) };
  } finally {
    await worker.stop();
  }
}

const noCpu = (): LoadtestError =>
  new LoadtestError('ENVIRONMENT_MISSING', 'CPU time is read from /proc, which is not there: run this on Linux');
