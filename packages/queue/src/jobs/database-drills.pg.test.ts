import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../connect.ts';
import { type Facts, subscribe } from '../facts.ts';
import type { Keep } from '../keep.ts';
import { onDatabase } from '../testing/contest.ts';
import { drillJobs } from '../testing/drill-jobs.ts';
import { NONE, type Violations, violations } from '../testing/index.ts';
import { drill, EFFECTS, some } from '../testing/job-drill.ts';
import { withKeep } from '../testing/with-keep.ts';
import { type Job, type JobDefinition, job } from './job.ts';

/** Drills of a database that refuses, waits or is taken: none of it is a job's fault. */
test('a lock that is held too long, and a database that is read-only after a failover, cost no job and no try', async () => {
  await drill(async ({ url, enqueue, start, rest, judge, keep }) => {
    const database = new URL(url).pathname.slice(1);
    await onDatabase(url, (client) => client.query(`alter database ${database} set lock_timeout = '100ms'`));
    await start(['batch']);
    await onDatabase(url, async (client) => {
      await client.query('begin; lock table effect in access exclusive mode');
      await enqueue('batch', some(60));
      await expect.poll(() => interrupted(client), { timeout: 60_000 }).toBe(true);
      await client.query('rollback');
    });
    await rest('batch');
    await onDatabase(url, (client) =>
      client.query(`alter database ${database} set default_transaction_read_only = on`),
    );
    await enqueue('batch', some(60));
    await onDatabase(url, (client) =>
      client.query(`begin read write; alter database ${database} reset default_transaction_read_only; commit;
        select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'scorekeep'`),
    );
    await rest('batch');
    expect(await judge('batch', {})).toEqual(NONE);
    expect(await keep.jobStatus(drillJobs.batch)).toMatchObject({ dead: 0 });
  });
});

test('jobs that wait for a lock until their statements are ended, are told so, and cost no job and no try', async () => {
  await inThisProcess({ deadline: 1, batch: 5 }, async ({ url, keep, one, enqueue, judge }) => {
    const interrupted = facts('job.interrupted', ({ code }) => code);
    await keep.start({ jobs: [one] });
    await onDatabase(url, async (client) => {
      await client.query('begin; lock table effect in access exclusive mode');
      await enqueue(12);
      await expect.poll(interrupted, { timeout: 60_000 }).toContain('57014');
      await client.query('rollback');
    });
    await keep.drain(one);
    expect(await judge()).toEqual(NONE);
  });
});

test('a pool whose connections the host has all taken costs no job and no try', async () => {
  await inThisProcess({}, async ({ url, one, enqueue, judge, keep }) => {
    const pool = new pg.Pool({ connectionString: url, max: 5, connectionTimeoutMillis: 200 });
    const worker = await connect({ pool, controlUrl: url });
    try {
      await worker.start({ jobs: [one] });
      const refused = facts('background.error', ({ error }) => String(error));
      // Whatever the worker has in hand for a moment, the host waits for.
      const taken: pg.PoolClient[] = [];
      while (taken.length < 5) {
        const client = await pool.connect().catch(() => undefined);
        if (client !== undefined) taken.push(client);
      }
      await enqueue(20);
      await expect.poll(refused, { timeout: 60_000 }).toContainEqual(expect.stringContaining('timeout exceeded'));
      for (const client of taken) client.release();
      await keep.drain(one);
      expect(await judge()).toEqual(NONE);
    } finally {
      await worker.stop();
      await pool.end();
    }
  });
});

test('jobs that deadlock with one another, in two processes, cost no job and no try', async () => {
  await drill(async ({ url, enqueue, start, rest, judge }) => {
    const database = new URL(url).pathname.slice(1);
    await onDatabase(url, (client) =>
      client.query(`create table hot (id int primary key, count int not null); insert into hot values (1, 0), (2, 0);
        alter database ${database} set deadlock_timeout = '20ms'`),
    );
    await start(['contended']);
    await start(['contended']);
    const deadlocks = async (): Promise<number> =>
      onDatabase(url, async (client) => {
        const { rows } = await client.query(
          'select deadlocks from pg_stat_database where datname = current_database()',
        );
        return Number(rows[0].deadlocks);
      });
    let jobs = 0;
    do {
      await enqueue('contended', some(30, { ms: 5 }));
      jobs += 30;
      await rest('contended');
    } while ((await deadlocks()) === 0 && jobs < 600);
    expect(await deadlocks()).toBeGreaterThan(0);
    expect(await judge('contended', {})).toEqual(NONE);
    const { rows } = await onDatabase(url, (client) => client.query('select count from hot'));
    expect(rows).toEqual([{ count: jobs }, { count: jobs }]);
  });
});

/** A job of this process's own, and its judge. */
async function inThisProcess(
  definition: JobDefinition<{ n: number }>,
  work: (given: {
    readonly url: string;
    readonly keep: Keep;
    readonly one: Job<{ n: number }>;
    enqueue(count: number): Promise<void>;
    judge(): Promise<Violations>;
  }) => Promise<void>,
): Promise<void> {
  await withKeep(async (keep, url) => {
    const one = job<{ n: number }>('one', {
      ...definition,
      run: ({ n }, { tx, idempotencyKey }) =>
        tx.query('insert into effect (n, key) values ($1, $2)', [n, idempotencyKey]),
    });
    const accepted: string[] = [];
    let sum = 0;
    await work({
      url,
      keep,
      one,
      async enqueue(count) {
        const payloads = some(count);
        sum += payloads.reduce((total, { n }) => total + n, 0);
        const receipts = await keep.enqueueAll(one, payloads);
        accepted.push(...receipts.flatMap((receipt) => (receipt.state === 'accepted' ? [receipt.id] : [])));
      },
      judge: () => onDatabase(url, (client) => violations(client, { job: one, accepted, effects: EFFECTS, sum })),
    });
  });
}

/** What facts of a name tell from here on, until the test is over. */
function facts<N extends keyof Facts, T>(name: N, read: (fact: Facts[N]) => T): () => readonly T[] {
  const told: T[] = [];
  onTestFinished(subscribe(name, (fact) => void told.push(read(fact))));
  return () => told;
}

/** Whether a transaction on the table of effects was rolled back: its lock was not to be had. */
async function interrupted(client: {
  query(text: string): Promise<{ rows: Record<string, unknown>[] }>;
}): Promise<boolean> {
  const { rows } = await client.query(
    `select exists (select from pg_locks where relation = 'effect'::regclass and not granted) as waits`,
  );
  return rows[0]?.['waits'] === true;
}
