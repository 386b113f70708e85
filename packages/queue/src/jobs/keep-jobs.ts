import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { PgBoss } from 'pg-boss';
import { publish } from '../facts.ts';
import { checkOut } from '../postgres/check-out.ts';
import { preparedDatabase } from '../postgres/prepared.ts';
import { countWaiting, createBacklog } from './backlog.ts';
import { workClaimed } from './claimed.ts';
import { type Control, channelOf, openControl } from './control.ts';
import { type EnqueueOptions, type Enqueuer, enqueueAll, type Receipt } from './enqueue.ts';
import { enqueueFlow, type FlowOptions, type FlowReceipt, type Step } from './flow.ts';
import { insertTogether } from './insert-together.ts';
import type { Job } from './job.ts';
import { createJobQueue } from './job-queue.ts';
import { type JobStatus, readJobStatus } from './job-status.ts';
import { batchOf } from './lane-state.ts';
import { watchSchedules } from './missed-schedules.ts';
import { pauseQueue, resumeQueue } from './queue-state.ts';
import { REAP_MS, reap } from './reap.ts';
import { scheduleJob } from './schedule.ts';
import { watchStatistics } from './stale-statistics.ts';
import { workTransactionally } from './transactional.ts';
import { createWake } from './wake.ts';
import type { Worker } from './worker.ts';

/** What a host does with jobs. */
export interface KeepJobs {
  /**
   * Has a job done once, by whichever worker is free. With `tx` nothing is enqueued unless that commits. What is wrong with the
   * payload, or that it was enqueued before, is in the receipt.
   */
  enqueue<Input>(job: Job<Input, never>, payload: Input, options?: EnqueueOptions): Promise<Receipt>;
  /** The same for up to 10 000 payloads, 128 MiB together, in one statement: a receipt for each, in order; a bad one harms no other. */
  enqueueAll<Input>(
    job: Job<Input, never>,
    payloads: readonly Input[],
    options?: Omit<EnqueueOptions, 'key'>,
  ): Promise<Receipt[]>;
  /** Enqueues jobs that wait for each other, all or none. */
  flow(steps: Readonly<Record<string, Step>>, options?: FlowOptions): Promise<FlowReceipt>;
  /** Begins no job of this name, in any process, until it is resumed; those under way end. False when it was paused. */
  pauseJob(job: AnyJob): Promise<boolean>;
  /** Goes on. False when it was not paused. */
  resumeJob(job: AnyJob): Promise<boolean>;
  /** Waits until none is waiting or under way, however many tries that takes. */
  drain(job: AnyJob, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** How many wait, are under way, are dead. */
  jobStatus(job: AnyJob): Promise<JobStatus>;
}

/** A job, whatever it takes. */
export type AnyJob = Job<never, never>;

/** The jobs' part of a connection. */
export interface Jobs {
  readonly api: KeepJobs;
  /** Makes the queues of a job, once. */
  know(job: AnyJob): Promise<void>;
  /** Jobs of this queue will be committed by a transaction that is still open. */
  soon(queue: string): void;
  /** Works these jobs in this process until stopped. */
  start(jobs: readonly AnyJob[]): Promise<void>;
  /** Lets what is under way end, or, by force, lets go of it; either way nothing is charged. */
  stop(options: { readonly force: boolean }): Promise<void>;
}

/** What jobs need of a connection. */
export interface JobsContext {
  readonly pool: pg.Pool;
  readonly schema: string;
  readonly boss: PgBoss;
  /** A direct connection; without one, the control connection is taken from the pool for good. */
  readonly url: string | undefined;
}

/** Connections that working these jobs, and the parked items of so many projections, takes from the pool. */
export function connectionsOf(jobs: readonly AnyJob[], projections: number, url: string | undefined): number {
  if (jobs.length + projections === 0) return 0;
  const lanes = jobs.reduce((sum, { definition }) => sum + (definition.workers ?? 1), projections);
  // One to reap with; where there are no jobs, reaping is as rare as parked items are.
  return lanes + (jobs.length > 0 ? 1 : 0) + (url === undefined ? 1 : 0);
}

/** The jobs of a connection. */
export function jobsOf({ pool, schema, boss, url }: JobsContext): Jobs {
  const wake = createWake((queue) => pool.query('select pg_notify($1, $2)', [channelOf(schema), queue]));
  const db = preparedDatabase(pool);
  const enqueuer: Enqueuer = {
    boss,
    db,
    wake,
    backlog: createBacklog((queue, most) => countWaiting(pool, schema, queue, most)),
    insert: insertTogether(boss, db),
  };
  const known = new WeakMap<AnyJob, Promise<void>>();
  const know = (job: AnyJob): Promise<void> => {
    const made = known.get(job) ?? createJobQueue(boss, job);
    known.set(job, made);
    made.catch(() => known.delete(job));
    return made;
  };
  const unwatch = watchSchedules(boss, schema);
  const stopping = new AbortController();
  const forced = new AbortController();
  let claims = new AbortController();
  let control: Control | undefined;
  let working: Promise<unknown> = Promise.resolve();

  const start = async (jobs: readonly AnyJob[]): Promise<void> => {
    if (jobs.length === 0) return;
    for (const job of jobs) {
      await know(job);
      await scheduleJob(boss, job);
    }
    const opened = await openControl({
      schema,
      open: url === undefined ? () => fromPool(pool) : () => direct(url),
      onNotice: wake.heard,
      onLost: () => {
        claims.abort();
        claims = new AbortController();
      },
    });
    // Told to stop meanwhile: nobody else would close it.
    if (stopping.signal.aborted) {
      await opened.close();
      return;
    }
    control = opened;
    const worker: Worker = {
      pool,
      schema,
      boss,
      control: opened,
      wake,
      statistics: watchStatistics(pool, schema, stopping.signal),
      stopping: stopping.signal,
      forced: forced.signal,
      claims: () => claims.signal,
    };
    // First what a process before this one died of: if it was a job, the same job is about to be fetched.
    await reapOnce(worker);
    for (const job of jobs) {
      const { workers = 1, runBatch } = job.definition;
      // A batch handler has a whole batch in hand; any other goes through it one by one.
      publish('job.served', {
        schema,
        queue: job.queue,
        slots: workers * (runBatch === undefined ? 1 : batchOf({ job })),
      });
    }
    let number = 0;
    const lanes = jobs.flatMap((job) =>
      Array.from({ length: job.definition.workers ?? 1 }, () => {
        const lane = { worker, job, number: number++ };
        return job.definition.mode === 'claimed' ? workClaimed(lane) : workTransactionally(lane);
      }),
    );
    working = Promise.all([...lanes, reapUntilStopped(worker)]);
  };

  return {
    know,
    soon: wake.soon,
    start,
    async stop({ force }) {
      stopping.abort();
      if (force) forced.abort();
      await working;
      await unwatch();
      await wake.close();
      await control?.close();
    },
    api: {
      async enqueue(job, payload, options = {}) {
        await know(job);
        const [receipt] = await enqueueAll(enqueuer, job, [payload], options);
        return receipt as Receipt;
      },
      async enqueueAll(job, payloads, options = {}) {
        await know(job);
        return enqueueAll(enqueuer, job, payloads, options);
      },
      async flow(steps, options = {}) {
        for (const { job } of Object.values(steps)) await know(job);
        return enqueueFlow(enqueuer, steps, options);
      },
      async pauseJob(job) {
        await know(job);
        return pauseQueue(pool, schema, job.queue);
      },
      async resumeJob(job) {
        const resumed = await resumeQueue(pool, schema, job.queue);
        if (resumed) wake.now(job.queue);
        return resumed;
      },
      async drain(job, { signal } = {}) {
        await know(job);
        for (;;) {
          signal?.throwIfAborted();
          const { waiting, delayed, active } = await readJobStatus(pool, schema, job);
          if (waiting + delayed + active === 0) return;
          await wait(DRAIN_MS, undefined, signal === undefined ? {} : { signal });
        }
      },
      async jobStatus(job) {
        await know(job);
        return readJobStatus(pool, schema, job);
      },
    },
  };
}

const DRAIN_MS = 100;

async function reapUntilStopped(worker: Worker): Promise<void> {
  while (!worker.stopping.aborted) {
    await wait(REAP_MS, undefined, { signal: worker.stopping }).catch(() => undefined);
    if (!worker.stopping.aborted) await reapOnce(worker);
  }
}

const reapOnce = (worker: Worker): Promise<void> =>
  reap(worker).catch((error: unknown) => publish('background.error', { where: 'reaper', error }));

async function direct(url: string): Promise<{ client: pg.ClientBase; destroy: () => void }> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'scorekeep-control',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  // An error before anybody listens would end the process.
  client.on('error', () => undefined);
  await client.connect();
  return { client, destroy: () => void client.end().catch(() => undefined) };
}

async function fromPool(pool: pg.Pool): Promise<{ client: pg.ClientBase; destroy: () => void }> {
  const client = await checkOut(pool, () => undefined);
  // Its settings and its lock must not outlive it, so it is never handed back.
  return { client, destroy: () => client.release(true) };
}
