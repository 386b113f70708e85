import { type Expendable, empty, SCHEMAS } from '../database/open-database.ts';
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

/** A process of one build that scores the same rows again and again. */
export interface Scorer extends AsyncDisposable {
  /** @throws LoadtestError `RUN_FAILED`; `ENVIRONMENT_MISSING` where the server's CPU time cannot be read */
  score(): Promise<Cost>;
}

/**
 * Starts a process that scores what {@link fillContest} has filled, in batches of one size and by a projection of its own each
 * time: nothing depends on the clock or on who is faster, so that two runs of the same code count the same to well under a
 * percent. What it made in Postgres is renamed while it does not score, so that builds whose schemas differ can take turns.
 *
 * @param side by which what is renamed is told apart
 * @throws LoadtestError `RUN_FAILED`
 */
export async function startScorer(
  database: Expendable,
  { contest, items, backend, batchSize = 500, root, plant }: Omit<DrainOptions, 'workers'>,
  side: 'base' | 'candidate' = 'candidate',
): Promise<Scorer> {
  const { pool } = database;
  const aside = SCHEMAS.map((name) => [name, `${name}_${side}`] as const);
  const dropAside = (): Promise<unknown> =>
    pool.query(`drop schema if exists ${aside.map(([, other]) => other).join(', ')} cascade`);
  await dropAside();
  const worker = await startWorker({ url: database.url, contest, backend, batchSize, root, plant, mode: 'score' });
  const serverCpu = (): number => (database.serverPid === undefined ? 0 : cpuSecondsOf(database.serverPid));
  const score = async (): Promise<Pick<Cost, 'cpuMsPer1k' | 'wallMsPer1k'> & { readonly slices: number }> => {
    const before = serverCpu();
    const { seconds, cpuSeconds, slices } = await worker.ask({ ask: 'score-inline', limit: items });
    const cpu = cpuSeconds + serverCpu() - before;
    return { cpuMsPer1k: (cpu * 1e6) / items, wallMsPer1k: (seconds * 1e6) / items, slices };
  };
  let times = 0;
  return {
    async score() {
      await empty(database);
      if (times > 0) for (const [name, other] of aside) await pool.query(`alter schema ${other} rename to ${name}`);
      times++;
      const projection = `${PROJECTION}_${times}`;
      await worker.turn({ ask: 'connect', projection });
      const [{ slices, ...cost }, counted] = database.counts
        ? await countWork(database, items, score)
        : [await score(), undefined];
      if (Number.isNaN(cost.cpuMsPer1k)) throw noCpu();
      const counters = counted === undefined ? {} : { ...counted, 'jobs.per_1k': (slices * 1000) / items };
      const reconciled = await reconcile(pool, contest, projection);
      await worker.turn({ ask: 'disconnect' });
      for (const [name, other] of aside) await pool.query(`alter schema ${name} rename to ${other}`);
      return { ...cost, counters, ...reconciled };
    },
    async [Symbol.asyncDispose]() {
      await worker.stop().catch(() => undefined); // one that is not there any more has said so where it was asked
      await dropAside();
    },
  };
}

/** Scores once, in a new process and on a new schema. @throws LoadtestError as {@link startScorer} and {@link Scorer.score} do */
export async function scoreOnce(...given: Parameters<typeof startScorer>): Promise<Cost> {
  await using scorer = await startScorer(...given);
  return await scorer.score();
}

const noCpu = (): LoadtestError =>
  new LoadtestError(
    'ENVIRONMENT_MISSING',
    "The server's CPU time is read from /proc, which is not there: run this on Linux",
  );
