import { type DrillReport, type Fault, runDrill, type Violations, violations } from '@scorekeep/queue/testing';
import { connectionsLeft } from '../database/connections-left.ts';
import { type Expendable, empty } from '../database/open-database.ts';
import { fromBuild } from '../from-build.ts';
import { LoadtestError } from '../loadtest-error.ts';
import { drilledJob, EFFECTS, POOL_SIZE } from './drilled-job.ts';
import { feedOf } from './feed.ts';
import { workerProcesses } from './worker-processes.ts';

/** What to drill, and with what. */
export interface DrillJobsOptions {
  /** Enqueued before anything happens; more are for as long as faults befall the workers. */
  readonly jobs: number;
  /** At least 2: what one has in hand when it dies, another settles. */
  readonly workers: number;
  readonly faults: number;
  /** Jobs in one transaction. */
  readonly batch: number;
  /** Decides which fault befalls whom, and when. */
  readonly seed: number;
  /** Folder whose build is run. */
  readonly root: string;
  readonly onProgress?: (done: number, accepted: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A drill from the first job to the last effect, judged. */
export interface DrilledJobs extends Violations, DrillReport {
  /** Jobs that have an effect. */
  readonly done: number;
  /** From the first effect to the last. */
  readonly seconds: number;
  readonly connectionsLeaked: number;
}

/**
 * Enqueues jobs, lets faults befall the processes that work them until all are done, and judges every job and every effect.
 *
 * @throws LoadtestError `RUN_FAILED`, with the seed, when a worker does not start, or ends without being killed
 */
export async function drillJobs(database: Expendable, options: DrillJobsOptions): Promise<DrilledJobs> {
  const { jobs, workers, faults, batch, seed, root, onProgress, signal } = options;
  await empty(database);
  await database.pool.query(EFFECTS);
  const { connect, job } = await fromBuild<typeof import('@scorekeep/queue')>(root, '@scorekeep/queue');
  const drilled = drilledJob(job, { batch });
  const keep = await connect({ url: spared(database.url), poolSize: 2 });
  const processes = workerProcesses({ url: database.url, root, batch }, signal);
  const over = new AbortController();
  let fed = Promise.resolve();
  try {
    const feed = feedOf(keep, drilled);
    await feed.enqueue(jobs);
    fed = feed.keepUp(Math.min(jobs, WAITING), over.signal, onProgress);
    fed.catch(() => undefined); // heard when the faults are over
    const report = await runDrill({
      url: database.url,
      seed,
      workers,
      rounds: faults,
      faults: FAULTS,
      limits: { connections: POOL_SIZE + BESIDE },
      startWorker: processes.start,
      async settled() {
        over.abort();
        await fed;
        await keep.drain(drilled, { signal: processes.broken });
      },
    });
    const { accepted } = feed;
    const found = await violations(database.pool, {
      job: drilled,
      accepted,
      effects: 'select key, amount from loadtest.effect',
      sum: (accepted.length * (accepted.length - 1)) / 2,
      usage: report.usage,
    });
    const { rows } = await database.pool.query(
      `select count(distinct key)::int as done, extract(epoch from max(written_at) - min(written_at))::float8 as seconds from loadtest.effect`,
    );
    return { ...report, ...found, ...rows[0], connectionsLeaked: await connectionsLeft(database.pool) };
  } catch (error) {
    const cause = processes.broken.aborted ? processes.broken.reason : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LoadtestError('RUN_FAILED', `The drill with seed ${seed} broke off: ${why}`, { seed }, { cause });
  } finally {
    over.abort();
    await fed.catch(() => undefined);
    await keep.stop();
  }
}

/** Half of them kills, since those are what recovery is measured by. */
const FAULTS: readonly Fault[] = ['kill', 'kill', 'sever-control', 'sever-work'];
/** Jobs that are left at least for as long as faults befall: what three workers do in a second or two. */
const WAITING = 500;
/** What a worker has beside its pool: its control connection, the registrar's, and those of pg-boss. */
const BESIDE = 6;

/** Under a name that no fault looks for: whoever enqueues is to know what was accepted. */
function spared(url: string): string {
  const own = new URL(url);
  own.searchParams.set('application_name', 'scorekeep-loadtest');
  return own.href;
}
