import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import type { JobWithMetadata, PgBoss } from 'pg-boss';
import { publish } from './facts.ts';
import { failedAs, type ParkedItem, type Queues, queuesOf } from './jobs/boss.ts';
import { classifyError, codeOf } from './postgres/classify-error.ts';
import { quote } from './postgres/identifiers.ts';
import { transaction } from './postgres/transaction.ts';
import type { Registered } from './projections/register.ts';
import { QUIET_MS } from './slices/begin.ts';
import type { Fold } from './slices/fold.ts';
import { sweep } from './slices/sweep.ts';
import { type SliceWork, workSlice } from './slices/work-slice.ts';

/** A projection that this process serves. */
export interface Served {
  readonly registered: Registered;
  readonly fold: Fold;
}

/**
 * Serves projections until `stopping` is aborted: takes slices as pg-boss hands them out, tries parked items again, and
 * sweeps up after workers that died. The returned function waits until all of it has ended.
 */
export async function startWork(
  boss: PgBoss,
  work: SliceWork,
  served: readonly Served[],
  { workers, prefetch }: { workers: number; prefetch: number },
): Promise<() => Promise<void>> {
  const ids: string[] = [];
  for (const one of served) {
    const queues = queuesOf(one.registered.label);
    ids.push(
      await boss.work(
        queues.slices,
        // A batch of two keeps pg-boss fetching without a pause; at one it would wait out its poll between jobs.
        { batchSize: prefetch, burstWhenBatchFull: true, localConcurrency: workers, ...POLLING },
        (jobs) =>
          workSlices(
            work,
            jobs.map((job) => job.id),
          ),
      ),
      await boss.work(
        queues.parked,
        { batchSize: PARKED_BATCH, perJobResults: true, includeMetadata: true, ...POLLING },
        (jobs: JobWithMetadata<ParkedItem>[]) => Promise.all(jobs.map((job) => retryParked(boss, work.pool, one, job))),
      ),
    );
  }
  publish('work.started', { labels: served.map(({ registered }) => registered.label), workers });
  const sweeping = sweepUntilStopped(boss, work, served);
  return async () => {
    await sweeping;
    await Promise.all(
      served.flatMap(({ registered }) => {
        const queues: Queues = queuesOf(registered.label);
        return [queues.slices, queues.parked].map((name) => boss.offWork(name, { wait: true }));
      }),
    );
  };
}

/** Notices wake the workers at once; polling is for the notice that got lost. */
const POLLING = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 2 } as const;

/** Parked items are few; each is a transaction of its own. */
const PARKED_BATCH = 4;

async function workSlices(work: SliceWork, slices: readonly string[]): Promise<void> {
  // Once fetched a job is invisible to everybody else, so from here on silence must be noticed.
  await work.pool.query(
    `update ${quote(work.schema)}.slice set touched_at = clock_timestamp() where id = any ($1::uuid[]) and touched_at is null and done_at is null`,
    [slices],
  );
  for (const slice of slices) {
    if (work.stopping.aborted) return;
    await workSlice(work, slice);
  }
}

const NOT_ITS_FAULT_SECONDS = 5;

interface Outcome {
  readonly id: string;
  readonly status: 'completed' | 'failed';
  readonly output?: object;
}

/** One more try of a parked item: scored or refused in the same transaction that finds it still parked. */
async function retryParked(
  boss: PgBoss,
  pool: pg.Pool,
  served: Served,
  job: JobWithMetadata<ParkedItem>,
): Promise<Outcome> {
  const { id, data: item } = job;
  const { label, target } = served.registered;
  const { table } = target;
  const scope = Object.fromEntries(table.key.map((column, i) => [column.name, item.key[i] ?? '']));
  try {
    await transaction(pool, async (tx) => {
      await served.fold.lock(tx);
      await served.fold.apply(tx, ['parked'], { lo: null, hi: null, after: null, upTo: null, scope });
    });
    publish('item.retried', { job: id, label, outcome: 'done', code: null });
    return { id, status: 'completed' };
  } catch (error) {
    const code = codeOf(error);
    const failed = classifyError(error) === 'data';
    publish('item.retried', { job: id, label, outcome: failed ? failedAs(job) : 'postponed', code });
    if (failed) return { id, status: 'failed', output: { code } };
    // Not the item's fault, so no attempt of its is spent: it waits as a new job.
    await boss.send(queuesOf(label).parked, item, { startAfter: NOT_ITS_FAULT_SECONDS });
    return { id, status: 'completed', output: { code } };
  }
}

async function sweepUntilStopped(boss: PgBoss, work: SliceWork, served: readonly Served[]): Promise<void> {
  const projections = served.map(({ registered }) => registered.id);
  const labels = served.map(({ registered }) => registered.label);
  while (!work.stopping.aborted) {
    publish('work.swept', { labels });
    try {
      const found = await sweep(work.pool, work.schema, projections);
      const forgotten: string[] = [];
      for (const { id, projection } of found.untouched) {
        if (await hasNoJob(boss, served, projection, id)) forgotten.push(id);
      }
      for (const slice of [...found.quiet, ...forgotten]) {
        if (!work.stopping.aborted) await workSlice(work, slice);
      }
      for (const run of found.over) await work.onRunOver(run);
    } catch (error) {
      publish('background.error', { where: 'sweep', error });
    }
    await wait(QUIET_MS, undefined, { signal: work.stopping }).catch(() => undefined);
  }
}

/** A slice whose job waits its turn is not forgotten; one whose job is gone, or was fetched by somebody dead, is. */
async function hasNoJob(boss: PgBoss, served: readonly Served[], projection: number, slice: string): Promise<boolean> {
  const one = served.find(({ registered }) => registered.id === projection);
  if (one === undefined) return false;
  const jobs = await boss.findJobs(queuesOf(one.registered.label).slices, { id: slice, queued: true, limit: 1 });
  return jobs.length === 0;
}
