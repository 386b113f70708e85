import type { JobWithMetadata } from 'pg-boss';
import { publish } from '../facts.ts';
import { classifyError } from '../postgres/classify-error.ts';
import { preparedDatabase } from '../postgres/prepared.ts';
import { AS_IT_WAS, BY_ID } from './fetch-in-order.ts';
import type { HandlerCall } from './handler-transaction.ts';
import { eachInBatch, halvedInBatch, Interrupted } from './in-batch.ts';
import { acquit, clearIntentWithin } from './intent.ts';
import { deadlineOf } from './job-queue.ts';
import type { LaneState } from './lane-state.ts';
import { type Outcome, Unfinished } from './outcome.ts';
import { runBatch, runOne, type Surroundings } from './run-handler.ts';
import { isDead, settle } from './settle.ts';
import { judgeStruck } from './strikes.ts';
import type { Batch } from './take-batch.ts';
import { TimeIsUp, withDeadline } from './with-deadline.ts';
import { agedMs, type Lane, waitedMs } from './worker.ts';

/**
 * Runs the handlers of a batch and commits what they did with the acknowledgements. `commit` ends the transaction, and may go
 * on to what comes after it.
 *
 * @throws TimeIsUp, Interrupted, what it is let go of with, or what the database fails with; nothing is committed then
 */
export async function workBatch(lane: Lane, state: LaneState, batch: Batch, commit: () => string): Promise<void> {
  const { worker, job } = lane;
  const { client, jobs, suspects, tx } = batch;
  const { schema, boss, control, wake, statistics } = worker;
  const began = performance.now();
  const took: number[] = [];
  let outcomes: Outcome[];
  const over = new AbortController();
  try {
    const running = runHandlers(lane, state, batch, took, over.signal);
    outcomes = await withDeadline(running, deadlineOf(job), over, worker.forced);
  } catch (error) {
    // Whoever waits for the database does not hang: as if the statement had been ended just before.
    throw error instanceof TimeIsUp && tx.waiting() ? new Interrupted({ code: QUERY_CANCELED }) : error;
  } finally {
    tx.close();
  }
  worker.forced.throwIfAborted();
  await client.query(BY_ID);
  await settle({ boss, db: preparedDatabase(client), schema, job, statistics }, jobs, outcomes);
  const isAllDone = !outcomes.some((outcome) => outcome instanceof Unfinished);
  if (!isAllDone) await clearIntentWithin(client, schema, control.worker, lane.number);
  await acquit(client, schema, suspects);
  publish('job.written', { queue: job.queue, jobs: jobs.length });
  try {
    await client.query(`${AS_IT_WAS}; ${commit()}`);
  } catch (error) {
    // Whatever a constraint or a deferred trigger of the host's raises.
    if (classifyError(error) !== 'retry') state.cautious = true;
    throw error;
  }
  // One may be due again at once.
  if (!isAllDone) wake.heard(job.queue);
  const milliseconds = performance.now() - began;
  for (const [i, one] of jobs.entries()) {
    state.strikes.delete(one.id);
    publishSettled(job.queue, one, outcomes[i], took[i] ?? milliseconds, milliseconds);
  }
}

const QUERY_CANCELED = '57014';

async function runHandlers(
  { worker, job }: Lane,
  state: LaneState,
  { client, jobs, traces, suspects, tx }: Batch,
  took: number[],
  over: AbortSignal,
): Promise<Outcome[]> {
  const { definition } = job;
  const most = definition.retry?.crashes ?? CRASHES;
  const hopeless = new Set(suspects.filter(({ alone }) => alone >= most).map((one) => one.job));
  const judgeEarly = (one: JobWithMetadata): Unfinished | undefined => {
    if (hopeless.has(one.id)) return new Unfinished('dead', 'CRASHED');
    return judgeStruck(state, one.id);
  };
  const checked = async <T>(call: HandlerCall, result: Promise<T>): Promise<T> => {
    const answer = await result;
    // What is not done is undone, whatever its statements came to.
    if (isUnfinished(answer)) return answer;
    await call.assertSound();
    if (state.cautious && tx.touched())
      await client.query('set constraints all immediate; set constraints all deferred');
    return answer;
  };
  const signal = AbortSignal.any([over, worker.forced]);
  const surroundings = (call: HandlerCall): Surroundings => ({ tx: call.sql, signal, traces, judgeEarly });
  if (definition.runBatch !== undefined) {
    return halvedInBatch(tx, jobs.length, (indexes, call) => {
      const chosen = indexes.flatMap((index) => jobs[index] ?? []);
      return checked(call, runBatch(job, chosen, surroundings(call)));
    });
  }
  return eachInBatch(tx, jobs.length, async (index, call) => {
    const start = performance.now();
    const outcome = await checked(call, runOne(job, jobs[index] as JobWithMetadata, surroundings(call)));
    took[index] = performance.now() - start;
    return outcome;
  });
}

const isUnfinished = (answer: unknown): boolean =>
  Array.isArray(answer) ? answer.every(isUnfinished) : answer instanceof Unfinished;

const CRASHES = 3;

function publishSettled(
  queue: string,
  job: JobWithMetadata,
  outcome: Outcome | undefined,
  processMs: number,
  batchMs: number,
): void {
  const unfinished = outcome instanceof Unfinished ? outcome : undefined;
  publish('job.settled', {
    queue,
    job: job.id,
    outcome: unfinished === undefined ? 'ok' : isDead(job, unfinished) ? 'dead' : 'retry',
    code: unfinished?.code ?? null,
    attempt: job.retryCount,
    waitMs: waitedMs(job),
    processMs,
    ageMs: agedMs(job) + batchMs,
  });
}
