import { setTimeout as wait } from 'node:timers/promises';
import type { JobWithMetadata, PgBoss } from 'pg-boss';
import { splitBuckets } from '../boards/split-buckets.ts';
import { enclose, publish } from '../facts.ts';
import { failedAs, type ParkedItem, queuesOf } from '../jobs/boss.ts';
import { safeCode } from '../jobs/outcome.ts';
import { classifyError, codeOf } from '../postgres/classify-error.ts';
import { transaction } from '../postgres/transaction.ts';
import type { Following } from './following.ts';
import { isOfAnEvent } from './isolate.ts';
import { lockRetry, reapRetries } from './reap-retries.ts';
import { reapSteps } from './reap-steps.ts';
import { retryEvent } from './retry-event.ts';
import { lockLive, type Stepped, stepEvents } from './step-events.ts';
import { beginStep, findWork, intentOf, withdrawStep } from './step-intent.ts';

/**
 * Follows a log with `workers` steps at a time until `stopping` is aborted, and tries parked events again. The returned
 * function waits until all of it has ended.
 */
export async function follow(
  boss: PgBoss,
  following: Following,
  workers: number,
  stopping: AbortSignal,
): Promise<() => Promise<void>> {
  const { parked } = queuesOf(following.label);
  await boss.work(
    parked,
    {
      batchSize: PARKED_BATCH,
      perJobResults: true,
      includeMetadata: true,
      pollingIntervalSeconds: 0.5,
      notifyPollingIntervalSeconds: 2,
    },
    // All at once: what was fetched and not begun would be taken for what killed its process.
    (jobs: JobWithMetadata<ParkedItem>[]) => Promise.all(jobs.map((job) => retry(boss, following, job))),
  );
  const reaping = reapUntilStopped(boss, following, stopping);
  const shards = Math.ceil(following.log.shards / workers);
  const steps = Array.from({ length: workers }, () => stepUntilStopped(following, shards, stopping));
  return async () => {
    await Promise.all([...steps, reaping]);
    await boss.offWork(parked, { wait: true });
  };
}

/** One step of the live build in a transaction of its own; undefined when there is nothing to do. */
export async function step(following: Following, shards: number): Promise<Stepped | undefined> {
  const { label, projection, pool, sql } = following;
  const log = projection.from.name;
  const work = await findWork(sql(pool), following, shards);
  if (work === undefined) return undefined;
  return enclose('projection.stepping', { log, label }, async () => {
    const started = performance.now();
    let stepped: Stepped | undefined;
    try {
      stepped = await transaction(
        pool,
        async (tx, begun) => {
          const intent = intentOf(begun, work.shards);
          const build = await lockLive(sql(tx), following, { intent });
          return build && stepEvents(tx, following, build, { shards: intent });
        },
        beginStep(following, work),
      );
    } finally {
      // Where even this fails, the intent is taken for a crash: the next steps are smaller for a while.
      if (stepped === undefined) await withdrawStep(pool, following, work).catch(() => undefined);
    }
    if (stepped === undefined) return undefined;
    const milliseconds = performance.now() - started;
    publish('projection.applied', { log, label, ...stepped, milliseconds });
    return stepped;
  });
}

async function stepUntilStopped(following: Following, shards: number, stopping: AbortSignal): Promise<void> {
  const { label, projection, pool, schemaName, id } = following;
  let pause = POLL_MS;
  let passed = 0;
  while (!stopping.aborted) {
    try {
      const stepped = await step(following, shards);
      passed += stepped?.events ?? 0;
      if (passed >= EVENTS_PER_SPLIT) {
        passed = 0;
        await splitBuckets(pool, schemaName, id);
      }
      if (stepped !== undefined && stepped.behind > 0) continue;
      pause = stepped === undefined ? Math.min(pause * 1.1, POLL_IDLE_MS) : POLL_MS;
    } catch (error) {
      const verdict = classifyError(error) === 'retry' ? 'retry' : 'broken';
      publish('projection.failed', { log: projection.from.name, label, verdict, code: safeCode(codeOf(error)) });
      pause = verdict === 'retry' ? RETRY_MS : BROKEN_MS;
    }
    await wait(pause, undefined, { signal: stopping }).catch(() => undefined);
  }
}

/** Looks for what died processes had in hand, their steps and their retries. */
async function reapUntilStopped(boss: PgBoss, following: Following, stopping: AbortSignal): Promise<void> {
  for (let n = 0; !stopping.aborted; n++) {
    try {
      await reapSteps(following);
      if (n % 4 === 0) await reapRetries(boss, following);
    } catch (error) {
      publish('background.error', { where: 'reap', error });
    }
    await wait(REAP_MS, undefined, { signal: stopping }).catch(() => undefined);
  }
}

/** How often a worker looks for events while some come, and after none have for a while: a step costs about a millisecond of CPU. */
const POLL_MS = 25;
const POLL_IDLE_MS = 50;
/** The next try after a connection or a statement failed through no fault of an event. */
const RETRY_MS = 100;
/** The next try of what no retry helps until somebody mends the schema, the rights or the program. */
const BROKEN_MS = 5_000;
/** Events after which a worker looks whether a board's buckets have outgrown their bounds. */
const EVENTS_PER_SPLIT = 50_000;
const PARKED_BATCH = 4;
/** How often a process looks for steps of others that died; for their retries it does so every fourth time. */
const REAP_MS = 250;
const NOT_ITS_FAULT_SECONDS = 5;

interface Outcome {
  readonly id: string;
  readonly status: 'completed' | 'failed';
  readonly output?: object;
}

async function retry(boss: PgBoss, following: Following, job: JobWithMetadata<ParkedItem>): Promise<Outcome> {
  const { label, pool } = following;
  const { id, data } = job;
  const [consumer = '', shard, position] = data.key;
  const postponed = async (code: string | null): Promise<Outcome> => {
    publish('item.retried', { job: id, label, outcome: 'postponed', code });
    await boss.send(queuesOf(label).parked, data, { startAfter: NOT_ITS_FAULT_SECONDS });
    return { id, status: 'completed' };
  };
  try {
    const event = { consumer, shard: Number(shard), position: Number(position) };
    const tried = await transaction(pool, async (tx) => {
      await lockRetry(tx, id);
      return retryEvent(tx, following, event);
    });
    if (!tried) return await postponed(null);
    publish('item.retried', { job: id, label, outcome: 'done', code: null });
    return { id, status: 'completed' };
  } catch (error) {
    const code = safeCode(codeOf(error));
    if (!isOfAnEvent(error)) return postponed(code);
    publish('item.retried', { job: id, label, outcome: failedAs(job), code });
    return { id, status: 'failed', output: { code } };
  }
}
