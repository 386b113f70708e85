import { setTimeout as wait } from 'node:timers/promises';
import type { PgBoss } from 'pg-boss';
import { splitBuckets } from '../boards/split-buckets.ts';
import { enclose, publish } from '../facts.ts';
import { safeCode } from '../jobs/outcome.ts';
import { classifyError, codeOf } from '../postgres/classify-error.ts';
import { transaction } from '../postgres/transaction.ts';
import type { Following } from './following.ts';
import { reapSteps } from './reap-steps.ts';
import { reapUntilStopped } from './reap-until-stopped.ts';
import { retryEvent } from './retry-event.ts';
import { retryParked } from './retry-parked.ts';
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
  const retried = await retryParked(boss, following, stopping, (tx, [consumer = '', shard, position]) =>
    retryEvent(tx, following, { consumer, shard: Number(shard), position: Number(position) }),
  );
  const reaping = reapUntilStopped(() => reapSteps(following), REAP_MS, stopping);
  const shards = Math.ceil(following.log.shards / workers);
  const steps = Array.from({ length: workers }, () => stepUntilStopped(following, shards, stopping));
  return async () => {
    await Promise.all([...steps, reaping]);
    await retried();
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

/** How often a worker looks for events while some come, and after none have for a while: a step costs about a millisecond of CPU. */
const POLL_MS = 25;
const POLL_IDLE_MS = 50;
/** The next try after a connection or a statement failed through no fault of an event. */
const RETRY_MS = 100;
/** The next try of what no retry helps until somebody mends the schema, the rights or the program. */
const BROKEN_MS = 5_000;
/** Events after which a worker looks whether a board's buckets have outgrown their bounds. */
const EVENTS_PER_SPLIT = 50_000;
/** How often a process looks for steps of others that died. */
const REAP_MS = 250;
