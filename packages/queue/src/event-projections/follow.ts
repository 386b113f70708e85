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
import { consumerPrefix } from './pieces.ts';
import { retryEvent } from './retry-event.ts';
import { lockLive, type Stepped, stepEvents } from './step-events.ts';

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
    async (jobs: JobWithMetadata<ParkedItem>[]) => {
      const outcomes = [];
      for (const job of jobs) outcomes.push(await retry(boss, following, job));
      return outcomes;
    },
  );
  const shards = Math.ceil(following.log.shards / workers);
  const steps = Array.from({ length: workers }, () => stepUntilStopped(following, shards, stopping));
  return async () => {
    await Promise.all(steps);
    await boss.offWork(parked, { wait: true });
  };
}

/** One step of the live build in a transaction of its own; undefined when there is nothing to do. */
export async function step(following: Following, shards: number): Promise<Stepped | undefined> {
  const { label, projection, pool } = following;
  const log = projection.from.name;
  return enclose('projection.stepping', { log, label }, async () => {
    const started = performance.now();
    const stepped = await transaction(pool, async (tx) => {
      const build = await lockLive(tx, following);
      return build && stepEvents(tx, following, build, { shards });
    });
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
      const stepped = (await isBehind(following)) ? await step(following, shards) : undefined;
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

/** Whether there is something to do: one statement, where a step takes eight. */
async function isBehind({ pool, schema, id, label, log }: Following): Promise<boolean> {
  const { rows } = await pool.query(
    `select from ${schema}.projection_build b join ${schema}.log_consumer c on c.log = $1 and c.consumer = $2 || b.number
       join ${schema}.log_head h on h.log = c.log and h.shard = c.shard
     where b.projection = $3 and b.live and b.paused_at is null and c.at < h.last limit 1`,
    [log.id, consumerPrefix(label), id],
  );
  return rows.length > 0;
}

/** How often a worker looks for events while some come, and after none have for a while. */
const POLL_MS = 20;
const POLL_IDLE_MS = 50;
/** The next try after a connection or a statement failed through no fault of an event. */
const RETRY_MS = 100;
/** The next try of what no retry helps until somebody mends the schema, the rights or the program. */
const BROKEN_MS = 5_000;
/** Events after which a worker looks whether a board's buckets have outgrown their bounds. */
const EVENTS_PER_SPLIT = 50_000;
const PARKED_BATCH = 4;
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
    const tried = await transaction(pool, (tx) => retryEvent(tx, following, event));
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
