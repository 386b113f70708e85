import { connectionsLeft } from '../database/connections-left.ts';
import { type Expendable, empty } from '../database/open-database.ts';
import type { Moment } from '../gate/observed.ts';
import { LoadtestError } from '../loadtest-error.ts';
import { cpuSecondsOf } from '../process-cpu.ts';
import { type ContestName, fillContest } from './contest.ts';
import { PROJECTION, type Reply, type WorkerTask } from './protocol.ts';
import { type Reconciliation, reconcile } from './reconcile.ts';
import { startWorker, type WorkerProcess } from './worker-process.ts';

/** What to drain, and with what. */
export interface DrainOptions {
  readonly contest: ContestName;
  readonly items: number;
  readonly workers: number;
  readonly backend: 'sql' | 'js';
  readonly batchSize?: number | undefined;
  /** Folder whose build is run: see {@link WorkerTask}. */
  readonly root: string;
  readonly plant?: WorkerTask['plant'];
  readonly onProgress?: (done: number, expected: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A drain from the first job to the last result, reconciled. */
export interface Drained extends Reconciliation {
  readonly enqueueSeconds: number;
  /** From the call that queues to the last commit. */
  readonly seconds: number;
  /** Items of each worker process. */
  readonly byWorker: readonly number[];
  readonly parked: number;
  /** Jobs that pg-boss handed out. */
  readonly jobs: number;
  /** CPU time of the workers and of Postgres for a thousand items, in milliseconds; NaN where it cannot be read. */
  readonly cpuMsPer1k: number;
  readonly connectionsLeaked: number;
  /** The most that a worker held, in MB. */
  readonly memoryMb: number;
  /** Results over time. */
  readonly series: readonly Moment[];
  /** What the workers run with, as they say. */
  readonly effective: Readonly<Record<string, string | number>>;
}

/**
 * Fills the host's tables, starts worker processes, has everything scored in one run, stops them and looks at every row.
 *
 * @throws LoadtestError `RUN_FAILED` when it does not come to an end
 */
export async function drain(database: Expendable, options: DrainOptions): Promise<Drained> {
  const { contest, items, workers, backend, batchSize, root, plant, onProgress, signal } = options;
  await empty(database);
  await fillContest(database.pool, contest, items);
  const task: WorkerTask = { url: database.url, contest, backend, batchSize, root, plant, serve: true };
  const processes: WorkerProcess[] = [await startWorker(task)]; // one first: it makes the schema
  try {
    processes.push(...(await Promise.all(Array.from({ length: workers - 1 }, () => startWorker(task)))));
    const cpu = (): number =>
      processes.reduce(
        (sum, { pid }) => sum + cpuSecondsOf(pid),
        database.serverPid === undefined ? 0 : cpuSecondsOf(database.serverPid),
      );
    await database.pool.query('checkpoint').catch(() => undefined); // a role that may not measures with what is dirty
    const before = cpu();
    let enqueueSeconds = Number.NaN;
    const began = performance.now();
    let last = { second: 0, done: 0 };
    const series: Moment[] = [];
    const first = processes[0] as WorkerProcess;
    const asked = first.ask({ ask: 'run' }, (reply: Reply) => {
      if (reply.is === 'queued') enqueueSeconds = reply.enqueueSeconds;
      if (reply.is === 'progress') {
        const second = (performance.now() - began) / 1000;
        const perSecond = Math.max(0, reply.done - last.done) / Math.max(second - last.second, 0.001);
        series.push({ second, perSecond, backlog: Math.max(0, items - reply.done) });
        last = { second, done: reply.done };
        onProgress?.(reply.done, reply.expected);
      }
    });
    const { seconds, parked, slices } = await unlessAborted(asked, signal);
    const cpuMsPer1k = ((cpu() - before) * 1e6) / items;
    const worked = await Promise.all(processes.splice(0).map((one) => one.stop()));
    const connectionsLeaked = await connectionsLeft(database.pool);
    return {
      ...(await reconcile(database.pool, contest, PROJECTION)),
      enqueueSeconds,
      seconds,
      parked,
      jobs: slices,
      byWorker: worked.map((one) => one.items),
      memoryMb: Math.max(...worked.map((one) => one.memoryMb)),
      cpuMsPer1k,
      connectionsLeaked,
      series,
      effective: first.effective,
    };
  } finally {
    await Promise.all(processes.map((one) => one.stop().catch(() => undefined)));
  }
}

function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return work;
  const aborted = new Promise<never>((_, reject) => {
    const stop = (): void => reject(new LoadtestError('RUN_FAILED', 'Stopped before the end'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([work, aborted]);
}
