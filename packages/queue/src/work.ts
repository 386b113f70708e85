import { setTimeout as wait } from 'node:timers/promises';
import type { PgBoss } from 'pg-boss';
import { publish } from './facts.ts';
import { queuesOf } from './jobs/boss.ts';
import type { AnyJob } from './jobs/keep-jobs.ts';
import { quote } from './postgres/identifiers.ts';
import type { Registered } from './projections/register.ts';
import { QUIET_MS, UNFLUSHED } from './slices/begin.ts';
import type { Fold } from './slices/fold.ts';
import { sweep } from './slices/sweep.ts';
import { type SliceWork, workSlice } from './slices/work-slice.ts';

/** A projection that this process serves. */
export interface Served {
  readonly registered: Registered;
  readonly fold: Fold;
  readonly parked: AnyJob;
}

/**
 * Serves projections until `stopping` is aborted: takes slices as pg-boss hands them out, and sweeps up after workers that
 * died. The returned function waits until all of it has ended.
 */
export async function startWork(
  boss: PgBoss,
  work: SliceWork,
  served: readonly Served[],
  { workers, prefetch }: { workers: number; prefetch: number },
): Promise<() => Promise<void>> {
  const hands: Hands = { free: workers * served.length, slices: new Set() };
  for (const { registered } of served) {
    await boss.work(
      queuesOf(registered.label).slices,
      // A batch of two keeps pg-boss fetching without a pause; at one it would wait out its poll between jobs.
      { batchSize: prefetch, burstWhenBatchFull: true, localConcurrency: workers, ...POLLING },
      (jobs) =>
        workSlices(
          work,
          hands,
          jobs.map((job) => job.id),
        ),
    );
  }
  publish('work.started', { schema: work.schema, labels: served.map(({ registered }) => registered.label), workers });
  const sweeping = sweepUntilStopped(boss, work, served, hands);
  return async () => {
    await sweeping;
    await Promise.all(served.map(({ registered: { label } }) => boss.offWork(queuesOf(label).slices, { wait: true })));
  };
}

/** Notices wake the workers at once; polling is for the notice that got lost. */
const POLLING = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 2 } as const;

/** What this process holds of what it has fetched. */
interface Hands {
  /** Workers with nothing to do. */
  free: number;
  /** Slices that are worked or wait for the one before them. */
  readonly slices: Set<string>;
}

async function workSlices(work: SliceWork, hands: Hands, slices: readonly string[]): Promise<void> {
  hands.free--;
  for (const slice of slices) hands.slices.add(slice);
  try {
    // Once fetched a job is invisible to everybody else, so from here on silence must be noticed.
    await work.pool.query(
      `update ${quote(work.schema)}.slice set touched_at = clock_timestamp() where id = any ($1::uuid[]) and touched_at is null and done_at is null returning ${UNFLUSHED}`,
      [slices],
    );
    for (const slice of slices) {
      if (work.stopping.aborted) return;
      await workSlice(work, slice, { flushed: false });
      hands.slices.delete(slice);
    }
  } finally {
    for (const slice of slices) hands.slices.delete(slice);
    hands.free++;
  }
}

async function sweepUntilStopped(
  boss: PgBoss,
  work: SliceWork,
  served: readonly Served[],
  hands: Hands,
): Promise<void> {
  const projections = served.map(({ registered }) => registered.id);
  const labels = served.map(({ registered }) => registered.label);
  // Of one slice: the others, and the runs that are over, are not to wait for it.
  const failed = (error: unknown): void => publish('background.error', { where: 'sweep', error });
  while (!work.stopping.aborted) {
    publish('work.swept', { schema: work.schema, labels });
    try {
      const found = await sweep(work.pool, work.schema, projections, {
        idle: hands.free > 0,
        except: [...hands.slices],
      });
      const forgotten: string[] = [];
      for (const { id, projection } of found.untouched) {
        if (await hasNoJob(boss, served, projection, id)) forgotten.push(id);
      }
      for (const slice of [...found.quiet, ...forgotten]) {
        // What has come into its hands since is not left lying either.
        if (!work.stopping.aborted && !hands.slices.has(slice)) await workSlice(work, slice).catch(failed);
      }
      for (const run of found.over) await work.onRunOver(run);
    } catch (error) {
      failed(error);
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
