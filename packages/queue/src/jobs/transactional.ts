import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import type { JobWithMetadata } from 'pg-boss';
import { publish } from '../facts.ts';
import { classifyError, codeOf, sqlState } from '../postgres/classify-error.ts';
import { preparedDatabase } from '../postgres/prepared.ts';
import { handlerTransaction } from './handler-transaction.ts';
import { eachInBatch, halvedInBatch, Interrupted } from './in-batch.ts';
import {
  acquit,
  clearIntent,
  clearIntentWithin,
  type Declared,
  declareIntent,
  type Suspect,
  suspect,
} from './intent.ts';
import { deadlineOf } from './job-queue.ts';
import { type Outcome, safeCode, Unfinished } from './outcome.ts';
import { returnTokens, takeTokens } from './queue-state.ts';
import { runBatch, runOne } from './run-handler.ts';
import { isDead, settle } from './settle.ts';
import { agedMs, collectTraces, type Lane, POLL_MS, type TraceContext, waitedMs } from './worker.ts';

/**
 * Works the jobs of a queue until told to stop: claim, effects and acknowledgement are one transaction. As long as there are
 * jobs it goes on without a pause, whatever the batch size.
 */
export async function workTransactionally(lane: Lane): Promise<void> {
  const { worker, job } = lane;
  const state: State = { batch: batchOf(lane), strikes: new Map(), declared: false, cautious: false };
  let pause = 0;
  while (!worker.stopping.aborted) {
    try {
      const worked = await workBatch(lane, state);
      pause = 0;
      if (worked === 'some') {
        state.declared = true;
        state.batch = Math.min(batchOf(lane), state.batch + Math.ceil(batchOf(lane) / 20));
        continue;
      }
      if (state.declared) await clearIntent(worker.control, worker.schema, lane.number);
      state.declared = false;
      await worker.wake.sleep(job.queue, POLL_MS * (0.9 + Math.random() / 5), worker.stopping);
    } catch (error) {
      pause = Math.min(PAUSE_MAX_MS, Math.max(PAUSE_MS, pause * 2));
      if (!worker.stopping.aborted)
        await wait(pause * Math.random(), undefined, { signal: worker.stopping }).catch(() => undefined);
      if (!(error instanceof Interrupted)) publish('background.error', { where: `job ${job.name}`, error });
    }
  }
}

interface State {
  /** Jobs to take next; fewer while something is wrong. */
  batch: number;
  /** How often a job, alone in hand, asked too much of the database. */
  readonly strikes: Map<string, number>;
  /** Whether the last batch is still written down as in hand. */
  declared: boolean;
  /** Whether a commit was refused: constraints that are deferred to it are then checked while the culprit can be told. */
  cautious: boolean;
}

/** The most jobs that a lane has in hand. */
export const batchOf = ({ job: { definition } }: Pick<Lane, 'job'>): number =>
  definition.batch ?? (definition.runBatch === undefined ? 1 : 100);

const PAUSE_MS = 20;
const PAUSE_MAX_MS = 2_000;

/** One transaction. */
async function workBatch(lane: Lane, state: State): Promise<'nothing' | 'some'> {
  const { worker, job } = lane;
  const { pool, schema, control, boss } = worker;
  const { rate } = job.definition;
  const bucket =
    rate === undefined
      ? undefined
      : { perSecond: rate.perSecond, burst: rate.burst ?? Math.max(1, Math.ceil(rate.perSecond)) };
  const wanted = bucket === undefined ? state.batch : await takeTokens(control, schema, job.queue, bucket, state.batch);
  if (wanted === 0) return 'nothing';
  let hand: readonly string[] = [];
  const client = await pool.connect();
  const connection = watch(client, worker.forced);
  try {
    const traces = new Map<string, TraceContext>();
    const db = preparedDatabase(client, collectTraces(traces));
    await client.query(beginning(deadlineOf(job)));
    let jobs: JobWithMetadata[] = [];
    let declared: Declared = { paused: false, suspects: [] };
    for (let size = wanted; ; ) {
      jobs = await boss.fetch<object>(job.queue, { batchSize: size, includeMetadata: true, db });
      if (jobs.length === 0) break;
      const ids = jobs.map(({ id }) => id);
      declared = await declareIntent(control, schema, lane.number, job.queue, ids, deadlineOf(job));
      const most = Math.min(...declared.suspects.map((one) => one.size));
      if (declared.paused || most >= jobs.length) break;
      // Somebody in this batch is suspected: they are taken in smaller company. Two in two halves, and so on.
      size = most;
      await client.query(`rollback; ${beginning(deadlineOf(job))}`);
    }
    if (jobs.length === 0 || declared.paused) {
      await client.query('rollback');
      state.declared ||= declared.paused;
      return 'nothing';
    }
    hand = jobs.map(({ id }) => id);
    // Others may take what is left while this batch runs.
    if (jobs.length === wanted) worker.wake.heard(job.queue);
    await workJobs(lane, state, { client, jobs, traces, suspects: declared.suspects });
    return 'some';
  } catch (error) {
    // A handler that hangs may still hold on to the connection, so nobody else gets it.
    if (error instanceof TimeIsUp) connection.drop();
    else await connection.rollback();
    throw await afterFault(lane, state, hand, error);
  } finally {
    connection.release();
    if (bucket !== undefined && hand.length < wanted) {
      await returnTokens(control, schema, job.queue, wanted - hand.length).catch(() => undefined);
    }
  }
}

/** A hung or stopped process must not hold its jobs for ever: Postgres ends a transaction that is silent for too long. */
const beginning = (seconds: number): string =>
  `begin isolation level read committed; set local idle_in_transaction_session_timeout = '${seconds + SILENCE_SECONDS}s'; set local statement_timeout = '${seconds}s'`;

/** Later than whoever looks for what is overdue, see reap.ts. */
const SILENCE_SECONDS = 3;

interface Batch {
  readonly client: pg.PoolClient;
  readonly jobs: readonly JobWithMetadata[];
  readonly traces: ReadonlyMap<string, TraceContext>;
  readonly suspects: readonly Suspect[];
}

async function workJobs(lane: Lane, state: State, { client, jobs, traces, suspects }: Batch): Promise<void> {
  const { worker, job } = lane;
  const { schema, boss, control } = worker;
  const { queue, definition } = job;
  const began = performance.now();
  const took: number[] = [];
  const tx = handlerTransaction(client);
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, worker.forced]);
  const hopeless = new Set(
    suspects.filter(({ alone }) => alone >= (definition.retry?.crashes ?? CRASHES)).map((one) => one.job),
  );
  const judgeEarly = (one: JobWithMetadata): Unfinished | undefined => {
    if (hopeless.has(one.id)) return new Unfinished('dead', 'CRASHED');
    return (state.strikes.get(one.id) ?? 0) >= STRIKES ? new Unfinished('retry', 'TOO_MUCH') : undefined;
  };
  const work = async (): Promise<Outcome[]> => {
    const checked = async <T>(result: Promise<T>): Promise<T> => {
      const answer = await result;
      await tx.assertSound();
      if (state.cautious && tx.touched())
        await client.query('set constraints all immediate; set constraints all deferred');
      return answer;
    };
    if (definition.runBatch !== undefined) {
      return halvedInBatch(tx, jobs.length, (indexes) => {
        const chosen = indexes.flatMap((index) => jobs[index] ?? []);
        return checked(runBatch(job, chosen, { tx: tx.sql, signal, traces, judgeEarly }));
      });
    }
    return eachInBatch(tx, jobs.length, async (index) => {
      const one = jobs[index] as JobWithMetadata;
      const start = performance.now();
      const outcome = await checked(runOne(job, one, { tx: tx.sql, signal, traces, judgeEarly }));
      took[index] = performance.now() - start;
      return outcome;
    });
  };
  let outcomes: Outcome[];
  try {
    outcomes = await withDeadline(work(), deadlineOf(job), over);
  } finally {
    tx.close();
  }
  worker.forced.throwIfAborted();
  await settle(boss, preparedDatabase(client), queue, jobs, outcomes);
  if (outcomes.some((outcome) => outcome instanceof Unfinished)) {
    await clearIntentWithin(client, schema, control.worker, lane.number);
  }
  await acquit(client, schema, suspects);
  publish('job.written', { queue, jobs: jobs.length });
  try {
    await client.query('commit');
  } catch (error) {
    if (classifyError(error) === 'data') state.cautious = true;
    throw error;
  }
  for (const [i, one] of jobs.entries()) {
    state.strikes.delete(one.id);
    const outcome = outcomes[i];
    publish('job.settled', {
      queue,
      job: one.id,
      outcome:
        outcome === undefined || !(outcome instanceof Unfinished) ? 'ok' : isDead(one, outcome) ? 'dead' : 'retry',
      code: outcome instanceof Unfinished ? outcome.code : null,
      attempt: one.retryCount,
      waitMs: waitedMs(one),
      processMs: took[i] ?? performance.now() - began,
      ageMs: agedMs(one) + performance.now() - began,
    });
  }
}

const CRASHES = 3;

/** The time is up: for the database this is as if the process had died. */
class TimeIsUp extends Error {}

async function withDeadline<T>(work: Promise<T>, seconds: number, over: AbortController): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      over.abort();
      reject(new TimeIsUp());
    }, seconds * 1_000);
  });
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

/** Draws the conclusions of a batch that was rolled back, and answers what to throw. */
async function afterFault(lane: Lane, state: State, hand: readonly string[], error: unknown): Promise<unknown> {
  const { worker, job } = lane;
  const { queue } = job;
  if (error instanceof TimeIsUp) {
    // Whoever hangs is found as whoever crashes is: in ever smaller company, then alone.
    await countAsCrash(lane, hand).catch(() => undefined);
    state.batch = Math.max(1, Math.floor(hand.length / 2));
    return new Interrupted(error);
  }
  const code = safeCode(error instanceof Interrupted ? error.code : codeOf(error));
  if (error instanceof Interrupted && TOO_MUCH_AT_ONCE.has(code)) {
    const [first = ''] = hand;
    if (hand.length === 1) state.strikes.set(first, (state.strikes.get(first) ?? 0) + 1);
    state.batch = Math.max(1, Math.floor(hand.length / 2));
  }
  publish('job.interrupted', { queue, code });
  if (worker.forced.aborted) return new Interrupted(error);
  const isFault = error instanceof Interrupted || classifyError(error) === 'retry' || sqlState(error) !== undefined;
  return isFault && classifyError(error) !== 'broken' ? new Interrupted(error) : error;
}

/** Statement time-out, out of memory, a limit of the configuration: fewer jobs at a time may do. */
const TOO_MUCH_AT_ONCE = new Set(['57014', '53200', '53400']);
/** A job that asks too much alone, so many times, is charged for it after all. */
const STRIKES = 5;

async function countAsCrash(lane: Lane, hand: readonly string[]): Promise<void> {
  const { worker, job } = lane;
  await suspect(worker.pool, worker.schema, [hand]);
  await clearIntent(worker.control, worker.schema, lane.number);
  publish('job.crashed', { queue: job.queue, jobs: hand.length, batches: 1, reason: 'deadline' });
}

/** Looks after a connection in use: one that breaks, or is to be let go of, is dropped rather than handed back. */
function watch(
  client: pg.PoolClient,
  forced: AbortSignal,
): { rollback(): Promise<void>; drop(): void; release(): void } {
  let lost: Error | undefined;
  const onError = (error: Error): void => {
    lost = error;
  };
  const drop = (): void => {
    lost = new Error('Connection terminated: let go of');
    (client as unknown as pg.Client).end().catch(() => undefined);
  };
  client.on('error', onError);
  forced.addEventListener('abort', drop, { once: true });
  return {
    drop,
    async rollback() {
      // A statement that runs on would hold the rollback up, and with it the worker.
      const timer = setTimeout(drop, ROLLBACK_MS);
      await client.query('rollback').catch(onError);
      clearTimeout(timer);
    },
    release() {
      forced.removeEventListener('abort', drop);
      client.removeListener('error', onError);
      client.release(lost);
    },
  };
}

const ROLLBACK_MS = 2_000;
