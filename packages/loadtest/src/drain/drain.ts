import { connectionsLeft } from '../database/connections-left.ts';
import type { EffectiveSettings } from '../database/effective-settings.ts';
import { type Expendable, empty } from '../database/open-database.ts';
import type { Moment } from '../gate/observed.ts';
import { LoadtestError } from '../loadtest-error.ts';
import { cpuSecondsOf } from '../process-cpu.ts';
import { memoryOf } from '../process-memory.ts';
import { type ContestName, fillContest } from './contest.ts';
import { expectKills } from './expect-kills.ts';
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
  /** How many of the workers die by SIGKILL with a slice in hand, and are replaced when all of them have. 0 unless given. */
  readonly kills?: number;
  readonly onProgress?: (done: number, expected: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A drain from the first job to the last result, reconciled. */
export interface Drained extends Reconciliation {
  readonly enqueueSeconds: number;
  /** From the call that queues to the last commit. */
  readonly seconds: number;
  /** Items of each worker process that was there at the end. */
  readonly byWorker: readonly number[];
  readonly parked: number;
  /** Jobs that pg-boss handed out. */
  readonly jobs: number;
  /** CPU time of the workers and of Postgres for a thousand items, in milliseconds; NaN where it cannot be read, or went with who died. */
  readonly cpuMsPer1k: number;
  readonly connectionsLeaked: number;
  /** The most that a worker held, in MB. */
  readonly memoryMb: number;
  /** Results, backlog, cores and memory over time. */
  readonly series: readonly Moment[];
  /** What the workers run with, read back from the library and from Postgres; where they differ, what each of them has. */
  readonly effective: EffectiveSettings;
}

/**
 * Fills the host's tables, starts worker processes, has everything scored in one run, stops them and looks at every row. Where
 * workers are to die, the process that starts the run works no slices itself, so that it lives to see the end.
 *
 * @throws LoadtestError `RUN_FAILED` when it does not come to an end, or before all who were to die had a slice in hand
 */
export async function drain(database: Expendable, options: DrainOptions): Promise<Drained> {
  const { contest, items, workers, backend, batchSize, root, plant, kills = 0, onProgress, signal } = options;
  await empty(database);
  await fillContest(database.pool, contest, items);
  const task: WorkerTask = { url: database.url, contest, backend, batchSize, root, plant, mode: 'serve' };
  const drills = kills > 0;
  const first = await startWorker({ ...task, mode: drills ? 'run' : 'serve' }); // one first: it makes the schema
  const processes: WorkerProcess[] = [first];
  try {
    const others = Array.from({ length: drills ? workers : workers - 1 }, (_, i) =>
      startWorker({ ...task, dies: i < kills }),
    );
    processes.push(...(await Promise.all(others)));
    const effective = processes.map((one) => one.effective);
    const killed = expectKills(processes, processes.slice(1, 1 + kills), () => startWorker(task));
    const cpu = (): number =>
      processes.reduce(
        (sum, { pid }) => sum + cpuSecondsOf(pid),
        database.serverPid === undefined ? 0 : cpuSecondsOf(database.serverPid),
      );
    await database.pool.query('checkpoint').catch(() => undefined); // a role that may not measures with what is dirty
    const before = cpu();
    let enqueueSeconds = Number.NaN;
    const began = performance.now();
    let last = { second: 0, done: 0, cpu: before };
    const series: Moment[] = [];
    const asked = first.ask({ ask: 'run' }, (reply: Reply) => {
      if (reply.is === 'queued') enqueueSeconds = reply.enqueueSeconds;
      if (reply.is === 'progress') {
        const second = (performance.now() - began) / 1000;
        const passed = Math.max(second - last.second, 0.001);
        const used = cpu();
        const memory = processes.reduce((sum, { pid }) => sum + memoryOf(pid), 0);
        series.push({
          second,
          perSecond: Math.max(0, reply.done - last.done) / passed,
          backlog: Math.max(0, items - reply.done),
          ...(used >= last.cpu ? { cores: (used - last.cpu) / passed } : {}),
          ...(memory > 0 ? { memory } : {}),
        });
        last = { second, done: reply.done, cpu: used };
        onProgress?.(reply.done, reply.expected);
      }
    });
    const { seconds, parked, slices } = await unlessAborted(killed.during(asked), signal);
    const cpuMsPer1k = drills ? Number.NaN : ((cpu() - before) * 1e6) / items;
    const worked = await Promise.all(processes.splice(0).map((one) => one.stop()));
    const connectionsLeaked = await connectionsLeft(database.pool);
    return {
      ...(await reconcile(database.pool, contest, PROJECTION)),
      enqueueSeconds,
      seconds,
      parked,
      jobs: slices,
      byWorker: worked.slice(drills ? 1 : 0).map((one) => one.items),
      memoryMb: Math.max(...worked.map((one) => one.memoryMb)),
      cpuMsPer1k,
      connectionsLeaked,
      series,
      effective: { ...agreed(effective), 'items in a slice': slices === 0 ? 0 : Math.round(items / slices) },
    };
  } finally {
    await Promise.all(processes.map((one) => one.stop().catch(() => undefined)));
  }
}

/** Each fact once where all have the same. */
function agreed(all: readonly EffectiveSettings[]): EffectiveSettings {
  const facts = [...new Set(all.flatMap((one) => Object.keys(one)))];
  return Object.fromEntries(
    facts.map((fact) => {
      const values = [...new Set(all.map((one) => one[fact] ?? 'none'))];
      return [fact, values.length === 1 ? (values[0] ?? 'none') : values.join(', ')];
    }),
  );
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
