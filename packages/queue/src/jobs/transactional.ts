import { setTimeout as wait } from 'node:timers/promises';
import { publish } from '../facts.ts';
import { classifyError, codeOf, sqlState } from '../postgres/classify-error.ts';
import { Interrupted } from './in-batch.ts';
import { clearIntent, suspect } from './intent.ts';
import { deadlineOf } from './job-queue.ts';
import { batchOf, type LaneState, newState } from './lane-state.ts';
import { safeCode } from './outcome.ts';
import { putAside, strike } from './strikes.ts';
import { beginningToFetch, takeBatch } from './take-batch.ts';
import { watchConnection } from './watch-connection.ts';
import { TimeIsUp } from './with-deadline.ts';
import { workBatch } from './work-batch.ts';
import { type Lane, pollMs } from './worker.ts';

/**
 * Works the jobs of a queue until told to stop: claim, effects and acknowledgement are one transaction. As long as there are
 * jobs it goes on without a pause, whatever the batch size.
 */
export async function workTransactionally(lane: Lane): Promise<void> {
  const { worker, job } = lane;
  const state = newState(lane);
  while (!worker.stopping.aborted) {
    try {
      // Before anything else is written down in its place: it may be counted as a crash, and that is to be taken back.
      await clear(lane).catch((error: unknown) => {
        throw new Interrupted(error);
      });
      await workWhileBusy(lane, state);
      await clear(lane);
      state.pause = 0;
      const { nextMs } = state;
      state.nextMs = undefined;
      await worker.wake.sleep(job.queue, pollMs(nextMs), worker.stopping);
    } catch (error) {
      await clear(lane).catch(() => undefined);
      await putAside(lane, state).catch(() => undefined);
      state.pause = Math.min(PAUSE_MAX_MS, Math.max(PAUSE_MS, state.pause * 2));
      if (!worker.stopping.aborted)
        await wait(state.pause * Math.random(), undefined, { signal: worker.stopping }).catch(() => undefined);
      if (!(error instanceof Interrupted)) publish('background.error', { where: `job ${job.name}`, error });
    }
  }
}

/** Nothing is in hand any more. */
async function clear({ worker: { control, schema }, number }: Lane): Promise<void> {
  if (control.inHand.has(number)) await clearIntent(control, schema, number);
}

const PAUSE_MS = 20;
const PAUSE_MAX_MS = 2_000;
/** Less than what those who enqueue in a transaction wait before their last wake-up, see wake.ts. */
const LONG_MS = 50;

/** Batch after batch, each a transaction, on one connection: a commit and the next begin are one round trip. */
async function workWhileBusy(lane: Lane, state: LaneState): Promise<void> {
  const { worker, job } = lane;
  const begin = beginningToFetch(deadlineOf(job));
  let hand: readonly string[] = [];
  const connection = await watchConnection(worker.pool, worker.forced);
  const { client } = connection;
  try {
    await client.query(begin);
    while (!worker.stopping.aborted) {
      const batch = await takeBatch(lane, state, client);
      if (batch === undefined) break;
      hand = batch.jobs.map(({ id }) => id);
      const began = performance.now();
      await workBatch(lane, state, batch, () => `commit; ${begin}`);
      hand = [];
      state.pause = 0;
      state.batch = Math.min(batchOf(lane), state.batch + Math.ceil(batchOf(lane) / 20));
      // Whoever enqueues more wakes somebody: larger batches than if each lane took what has come in meanwhile. After a long one it
      // looks all the same, since others may have been woken for what could not be seen yet.
      if (batch.isLast && performance.now() - began < LONG_MS) break;
    }
    await client.query('rollback');
  } catch (error) {
    // A handler that hangs may still hold on to the connection, so nobody else gets it.
    if (error instanceof TimeIsUp) connection.drop();
    else await connection.rollback();
    throw await afterFault(lane, state, hand, error);
  } finally {
    connection.release();
  }
}

/** Draws the conclusions of a batch that was rolled back, and answers what to throw. */
async function afterFault(lane: Lane, state: LaneState, hand: readonly string[], error: unknown): Promise<unknown> {
  const { worker, job } = lane;
  const { queue } = job;
  if (error instanceof TimeIsUp) {
    // Whoever hangs is found as whoever crashes is: in ever smaller company, then alone.
    await countAsCrash(lane, hand).catch(() => undefined);
    state.batch = Math.max(1, Math.floor(hand.length / 2));
    return new Interrupted(error);
  }
  const code = safeCode(error instanceof Interrupted ? error.code : codeOf(error));
  publish('job.interrupted', { queue, code });
  if (worker.forced.aborted) return new Interrupted(error);
  strike(state, hand, error, code);
  const isFault = error instanceof Interrupted || classifyError(error) === 'retry' || sqlState(error) !== undefined;
  return isFault && classifyError(error) !== 'broken' ? new Interrupted(error) : error;
}

async function countAsCrash(lane: Lane, hand: readonly string[]): Promise<void> {
  const { worker, job } = lane;
  await suspect(worker.pool, worker.schema, [hand]);
  await clearIntent(worker.control, worker.schema, lane.number);
  publish('job.crashed', { queue: job.queue, jobs: hand.length, batches: 1, reason: 'deadline' });
}
