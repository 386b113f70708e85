import type pg from 'pg';
import type { JobWithMetadata } from 'pg-boss';
import { preparedDatabase } from '../postgres/prepared.ts';
import { AS_IT_WAS, IN_ORDER } from './fetch-in-order.ts';
import { type HandlerTransaction, handlerTransaction } from './handler-transaction.ts';
import { declareIntent, type Suspect } from './intent.ts';
import { deadlineOf } from './job-queue.ts';
import type { LaneState } from './lane-state.ts';
import { returnTokens, takeTokens } from './queue-state.ts';
import { collectTraces, type Lane, type TraceContext } from './worker.ts';

/** Jobs claimed in a transaction that is open, and declared to be in hand. */
export interface Batch {
  readonly client: pg.PoolClient;
  readonly jobs: readonly JobWithMetadata[];
  readonly traces: ReadonlyMap<string, TraceContext>;
  readonly suspects: readonly Suspect[];
  readonly tx: HandlerTransaction;
  /** Whether there was no more to take. */
  readonly isLast: boolean;
}

/**
 * Claims jobs in the transaction that `client` has begun. Undefined when there is nothing to do: no job, a pause, or a rate that
 * is used up.
 */
export async function takeBatch(lane: Lane, state: LaneState, client: pg.PoolClient): Promise<Batch | undefined> {
  const { worker, job } = lane;
  const { schema, control } = worker;
  const { rate } = job.definition;
  if (rate === undefined) return claimBatch(lane, client, state.batch);
  const bucket = { perSecond: rate.perSecond, burst: rate.burst ?? Math.max(1, Math.ceil(rate.perSecond)) };
  const { taken: wanted, nextMs } = await takeTokens(control, schema, job.queue, bucket, state.batch);
  if (wanted === 0) {
    state.nextMs = nextMs;
    return undefined;
  }
  let used = 0;
  try {
    const batch = await claimBatch(lane, client, wanted);
    used = batch?.jobs.length ?? 0;
    return batch;
  } finally {
    if (used < wanted) await returnTokens(control, schema, job.queue, wanted - used).catch(() => undefined);
  }
}

async function claimBatch(
  { worker, job, number }: Lane,
  client: pg.PoolClient,
  wanted: number,
): Promise<Batch | undefined> {
  const { schema, control, boss, wake, statistics } = worker;
  for (let size = wanted; ; ) {
    const traces = new Map<string, TraceContext>();
    const db = preparedDatabase(client, collectTraces(traces));
    const fetched = boss.fetch<object>(job.queue, { batchSize: size, includeMetadata: true, db });
    const jobs = await statistics.timed(job, fetched, ({ length }) => length);
    if (jobs.length === 0) return undefined;
    // The savepoint is made while the intent is written down, each on its own connection.
    const tx = handlerTransaction(client, AS_IT_WAS);
    const ids = jobs.map(({ id }) => id);
    const intent = { queue: job.queue, jobs: ids, seconds: deadlineOf(job) };
    const { paused, suspects } = await declareIntent(control, schema, number, intent);
    if (paused) return undefined;
    const most = Math.min(...suspects.map((one) => one.size));
    if (most >= jobs.length) {
      // Others may take what is left while this batch runs.
      if (jobs.length === wanted) wake.heard(job.queue);
      return { client, jobs, traces, suspects, tx, isLast: jobs.length < size };
    }
    // Somebody in this batch is suspected: they are taken in smaller company. Two in two halves, and so on.
    size = most;
    await client.query(`rollback; ${beginningToFetch(deadlineOf(job))}`);
  }
}

/** A hung or stopped process must not hold its jobs for ever: Postgres ends a transaction that is silent for too long. */
export const beginning = (seconds: number): string =>
  `begin isolation level read committed; set local idle_in_transaction_session_timeout = '${seconds + SILENCE_SECONDS}s'; set local statement_timeout = '${seconds}s'`;

/** The same, to fetch jobs next. */
export const beginningToFetch = (seconds: number): string => `${beginning(seconds)}; ${IN_ORDER}`;

/** Later than whoever looks for what is overdue, see reap.ts. */
const SILENCE_SECONDS = 3;
