import { expect, test } from 'vitest';
import { connect, job } from '../index.ts';
import { onDatabase } from '../testing/contest.ts';
import { numbers, states, withKeep } from '../testing/with-keep.ts';

const BURST = 20_000;
const BATCH = 50;

test('a worker that was idle when a burst came finds each job by its index: it had read all that waited for each batch', {
  timeout: 180_000,
}, async () => {
  await withKeep(async (keep, url) => {
    let done = 0;
    const { promise: all, resolve } = Promise.withResolvers<void>();
    const one = job<{ n: number }>('one', {
      batch: BATCH,
      workers: 2,
      runBatch(payloads) {
        done += payloads.length;
        if (done > BURST) resolve();
      },
    });
    // Only the worker has them counted from here on; when they were, there were jobs of another queue and no others.
    await keep.enqueueAll(job<{ n: number }>('other', { run: () => undefined }), numbers(1_000));
    await onDatabase(url, (client) =>
      client.query(
        'alter table scorekeep_jobs.job_common set (autovacuum_enabled = off); analyze scorekeep_jobs.job_common',
      ),
    );
    await keep.start({ jobs: [one] });
    await keep.enqueue(one, { n: 0 });
    await keep.drain(one);
    for (let half = 0; half < 2; half++) await keep.enqueueAll(one, numbers(BURST / 2));
    await all;
    // What a session has read is known for sure when it has ended.
    await keep.stop();
    const { rows } = await onDatabase(url, (client) =>
      client.query(
        `select sum(idx_tup_read)::float8 as read from pg_stat_all_indexes where schemaname = 'scorekeep_jobs' and relname = 'job_common'`,
      ),
    );
    const allForEachBatch = (BURST / BATCH) * BURST;
    expect(rows[0].read).toBeLessThan(allForEachBatch / 2);
  });
});

test('a busy queue that keeps no done jobs keeps a thousand of them, and does not look empty when it is; a quiet one keeps none', async () => {
  await withKeep(async (keep, url) => {
    const unkept = { keepSeconds: 0, batch: BATCH, runBatch: () => undefined };
    const busy = job<{ n: number }>('busy', unkept);
    const quiet = job<{ n: number }>('quiet', unkept);
    await keep.enqueueAll(quiet, numbers(100));
    await onDatabase(url, (client) =>
      client.query(
        'alter table scorekeep_jobs.job_common set (autovacuum_enabled = off); analyze scorekeep_jobs.job_common',
      ),
    );
    await keep.start({ jobs: [quiet] });
    await keep.drain(quiet);
    const worker = await connect({ url });
    await worker.start({ jobs: [busy, quiet] });
    await keep.enqueueAll(busy, numbers(6_000));
    for (let few = 0; few < 5; few++) await keep.enqueueAll(quiet, numbers(20));
    await keep.drain(busy);
    await keep.drain(quiet);
    await worker.stop();
    expect(await states(url, quiet.queue)).toEqual({});
    const { completed } = await states(url, busy.queue);
    expect(completed).toBeGreaterThanOrEqual(1_000);
    expect(completed).toBeLessThan(1_000 + BATCH);
    const { rows } = await onDatabase(url, async (client) => {
      await client.query('analyze scorekeep_jobs.job_common');
      return client.query(`explain (format json) select from scorekeep_jobs.job_common where name = '${busy.queue}'`);
    });
    expect(rows[0]['QUERY PLAN'][0].Plan['Plan Rows']).toBeGreaterThan(500);
  });
});
