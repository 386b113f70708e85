import type pg from 'pg';
import type { JobWithMetadata, PgBoss } from 'pg-boss';
import { publish } from '../facts.ts';
import { failedAs, type ParkedItem, queuesOf } from '../jobs/boss.ts';
import { safeCode } from '../jobs/outcome.ts';
import { asksTooMuch, codeOf } from '../postgres/classify-error.ts';
import { transaction } from '../postgres/transaction.ts';
import type { Following } from './following.ts';
import { isOfAnEvent } from './isolate.ts';
import { lockRetry, reapRetries } from './reap-retries.ts';
import { reapUntilStopped } from './reap-until-stopped.ts';

/** What a projection needs for what it has put aside to be tried again. */
export type Retrying = Pick<Following, 'label' | 'pool' | 'schemaName'>;

/**
 * Tries again what a projection has put aside, as its jobs come, until `stopping` is aborted. The returned function waits until all of it
 * has ended.
 *
 * @param retry tries what a key names, in a transaction; answers false while the projection is paused, throws what it fails with
 */
export async function retryParked(
  boss: PgBoss,
  retrying: Retrying,
  stopping: AbortSignal,
  retry: (tx: pg.PoolClient, key: readonly string[]) => Promise<boolean>,
): Promise<() => Promise<void>> {
  const { parked } = queuesOf(retrying.label);
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
    (jobs: JobWithMetadata<ParkedItem>[]) => Promise.all(jobs.map((job) => tryAgain(boss, retrying, retry, job))),
  );
  const reaping = reapUntilStopped(() => reapRetries(boss, retrying), REAP_MS, stopping);
  return async () => {
    await reaping;
    await boss.offWork(parked, { wait: true });
  };
}

const PARKED_BATCH = 4;
/** How often a process looks for retries of others that died. */
const REAP_MS = 1_000;
const NOT_ITS_FAULT_SECONDS = 5;

interface Outcome {
  readonly id: string;
  readonly status: 'completed' | 'failed';
  readonly output?: object;
}

async function tryAgain(
  boss: PgBoss,
  { label, pool }: Retrying,
  retry: (tx: pg.PoolClient, key: readonly string[]) => Promise<boolean>,
  job: JobWithMetadata<ParkedItem>,
): Promise<Outcome> {
  const { id, data } = job;
  const postponed = async (code: string | null): Promise<Outcome> => {
    publish('item.retried', { job: id, label, outcome: 'postponed', code });
    await boss.send(queuesOf(label).parked, data, { startAfter: NOT_ITS_FAULT_SECONDS });
    return { id, status: 'completed' };
  };
  try {
    const tried = await transaction(pool, async (tx) => {
      await lockRetry(tx, id);
      return retry(tx, data.key);
    });
    if (!tried) return await postponed(null);
    publish('item.retried', { job: id, label, outcome: 'done', code: null });
    return { id, status: 'completed' };
  } catch (error) {
    const code = safeCode(codeOf(error));
    if (!isOfAnEvent(error) && !asksTooMuch(codeOf(error))) return postponed(code);
    publish('item.retried', { job: id, label, outcome: failedAs(job), code });
    return { id, status: 'failed', output: { code } };
  }
}
