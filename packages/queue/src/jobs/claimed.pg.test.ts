import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { subscribe } from '../facts.ts';
import { connect, dead, job, retry } from '../index.ts';
import { onDatabase } from '../testing/contest.ts';
import { startProxy } from '../testing/proxy.ts';
import { effects, INSERT, numbers, states, withKeep } from '../testing/with-keep.ts';
import type { JobDefinition } from './job.ts';

type Payload = { n: number };

test('what a claimed job leaves for the end commits with its acknowledgement, and only if it is done', async () => {
  await withKeep(async (keep, url) => {
    const pay = job<Payload>('pay', {
      mode: 'claimed',
      retry: { limit: 1, delay: 0, backoff: false },
      workers: 3,
      run: async ({ n }, { onSettle, attempt }) => {
        onSettle((tx) => tx.query(INSERT, [n === 4 ? null : n]));
        if (n === 1) return dead('NO_WALLET');
        if (n === 2 && attempt === 0) return retry('BUSY', { afterSeconds: 0 });
        if (n === 3) throw new Error('no');
      },
    });
    await keep.enqueueAll(pay, numbers(6));
    await keep.start({ jobs: [pay] });
    await keep.drain(pay);
    expect(await effects(url)).toEqual([2, 5, 6]);
    expect(await states(url, pay.queue)).toEqual({ completed: 3, failed: 3 });
    const { rows } = await onDatabase(url, (client) =>
      client.query(
        `select output ->> 'code' as code from scorekeep_jobs.job where name = 'jobs/pay' and state = 'failed' order by (data -> 'payload' -> 'n')::int`,
      ),
    );
    expect(rows.map(({ code }) => code)).toEqual(['NO_WALLET', 'Error', '23502']);
  });
});

test('a forged or stale claim settles nothing', async () => {
  await withKeep(async (keep, url) => {
    let begun = 0;
    const slow = job<Payload>('slow', {
      mode: 'claimed',
      retry: { limit: 3, delay: 0, backoff: false },
      run: async ({ n }, { onSettle, attempt }) => {
        begun++;
        onSettle((tx) => tx.query(INSERT, [n * 10 + attempt]));
        // Somebody takes the claim away from the first try, as the reaper does from a worker that it takes for dead.
        if (attempt === 0) {
          await onDatabase(url, (client) =>
            client.query(`update scorekeep.job_claim set due_at = clock_timestamp() - interval '1 second'`),
          );
          await expect.poll(async () => (await states(url, 'jobs/slow'))['retry'], { timeout: 10_000 }).toBe(1);
        }
      },
    });
    await keep.enqueue(slow, { n: 1 });
    await keep.start({ jobs: [slow] });
    await keep.drain(slow);
    expect(await effects(url)).toEqual([11]);
    expect(begun).toBe(2);
  });
});

const never = (): Promise<never> => new Promise(() => undefined);

test.each<[string, JobDefinition<Payload>['run']]>([
  ['whose handler never ends, and does not heed its signal,', ({ n }) => (n === 1 ? never() : undefined)],
  ['that leaves for the end what never ends', ({ n }, { onSettle }) => n === 1 && onSettle(never)],
  [
    'that leaves for the end a statement which takes too long',
    ({ n }, { onSettle }) => n === 1 && onSettle((tx) => tx.query('select pg_sleep(600)')),
  ],
])('a claimed job %s is dead in the end, and its neighbours are done by the same loop', async (_, run) => {
  await withKeep(async (keep, url) => {
    const one = job<Payload>('one', {
      mode: 'claimed',
      deadline: 1,
      retry: { limit: 1, delay: 0, backoff: false },
      run: async (payload, context) => {
        context.onSettle((tx) => tx.query(INSERT, [payload.n]));
        return run?.(payload, context);
      },
    });
    await keep.enqueueAll(one, numbers(4));
    await keep.start({ jobs: [one] });
    await keep.drain(one);
    expect(await effects(url)).toEqual([2, 3, 4]);
    const { rows } = await onDatabase(url, (client) =>
      client.query(
        `select output ->> 'code' as code from scorekeep_jobs.job where name = 'jobs/one' and state = 'failed'`,
      ),
    );
    expect(rows).toEqual([{ code: 'DEADLINE' }]);
  });
});

test('a claimed job that leaves for the end a statement whose error it does not see is charged, with all it left undone', async () => {
  await withKeep(async (keep, url) => {
    const one = job<Payload>('one', {
      mode: 'claimed',
      retry: { limit: 0 },
      run: ({ n }, { onSettle }) => {
        onSettle((tx) => tx.query(INSERT, [n]));
        if (n === 1) onSettle((tx) => tx.query(INSERT, [null]).catch(() => undefined));
        if (n === 2) onSettle((tx) => tx.query('select 1; commit'));
      },
    });
    await keep.enqueueAll(one, numbers(3));
    await keep.start({ jobs: [one] });
    await keep.drain(one);
    expect(await effects(url)).toEqual([3]);
    expect(await states(url, one.queue)).toEqual({ completed: 1, failed: 2 });
  });
});

test('a claimed job that leaves for the end what is refused at the commit is charged for it, and its neighbours are done by the same loop', async () => {
  await withKeep(async (keep, url) => {
    await onDatabase(url, (client) =>
      client.query(
        `create table good (n int primary key); insert into good values (2), (3);
         alter table effect add foreign key (n) references good deferrable initially deferred`,
      ),
    );
    const one = job<Payload>('one', {
      mode: 'claimed',
      // Else it goes on for as long.
      deadline: 10,
      retry: { limit: 0 },
      run: ({ n }, { onSettle }) => onSettle((tx) => tx.query(INSERT, [n])),
    });
    await keep.enqueueAll(one, numbers(3));
    await keep.start({ jobs: [one] });
    await keep.drain(one);
    expect(await effects(url)).toEqual([2, 3]);
    const { rows } = await onDatabase(url, (client) =>
      client.query(
        `select output ->> 'code' as code from scorekeep_jobs.job where name = 'jobs/one' and state = 'failed'`,
      ),
    );
    expect(rows).toEqual([{ code: '23503' }]);
  });
});

/** Has whoever commits a claim wait for a lock that `client` holds. */
const HOLD_CLAIMS = `create function hold() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock_shared(7); return new; end $$;
  create constraint trigger holding after insert on scorekeep.job_claim deferrable initially deferred for each row execute function hold();
  select pg_advisory_lock(7)`;
const HELD = `select pid from pg_locks where locktype = 'advisory' and objid = 7 and not granted and database = (select oid from pg_database where datname = current_database())`;
const OPEN = 'select pid from pg_stat_activity where pid = any ($1::int[]) and backend_xid is not null';

const UNLOCK = 'select pg_advisory_unlock(7)';
const TERMINATE = `select pg_terminate_backend(pid) from (${HELD}) held; ${UNLOCK}`;

test.each([
  ['that went through', UNLOCK, undefined],
  ['that did not go through', TERMINATE, undefined],
  ['that goes through later', undefined, UNLOCK],
])('a claim %s, and whose commit was not answered, costs no job and no try', async (_, before, after) => {
  await withKeep(async (keep, url) => {
    const proxy = await startProxy(url);
    const pool = new pg.Pool({ connectionString: proxy.url, max: 10 });
    pool.on('error', () => undefined);
    const worker = await connect({ pool, controlUrl: url });
    const told: string[] = [];
    onTestFinished(subscribe('background.error', ({ where }) => void told.push(where)));
    try {
      const one = job<Payload>('one', {
        mode: 'claimed',
        run: ({ n }, { onSettle }) => onSettle((tx) => tx.query(INSERT, [n])),
      });
      await onDatabase(url, async (client) => {
        await client.query(HOLD_CLAIMS);
        await keep.enqueue(one, { n: 1 });
        await worker.start({ jobs: [one] });
        const held = async (): Promise<unknown[]> => (await client.query(HELD)).rows.map(({ pid }) => pid);
        await expect.poll(held, { timeout: 60_000 }).toHaveLength(1);
        const pids = await held();
        // The answer does not come through, whatever it is.
        proxy.hold();
        if (before !== undefined) {
          await client.query(before);
          const open = async (): Promise<unknown[]> => (await client.query(OPEN, [pids])).rows;
          await expect.poll(open, { timeout: 60_000 }).toEqual([]);
        }
        proxy.reset();
        proxy.release();
        await expect.poll(() => told, { timeout: 60_000 }).toContain('job one');
        if (after !== undefined) await client.query(after);
      });
      await keep.drain(one, { signal: AbortSignal.timeout(60_000) });
      expect(await effects(url)).toEqual([1]);
      const { rows } = await onDatabase(url, (client) =>
        client.query(`select state, retry_count from scorekeep_jobs.job where name = 'jobs/one'`),
      );
      expect(rows).toEqual([{ state: 'completed', retry_count: 0 }]);
    } finally {
      proxy.release();
      await worker.stop({ force: true });
      await pool.end();
      await proxy.close();
    }
  });
});

test.each([
  ['that went through', UNLOCK, undefined],
  ['that goes through later', undefined, UNLOCK],
])(
  'a claim %s is given back uncharged when its worker is told to stop before it hears of it',
  async (_, before, after) => {
    await withKeep(async (keep, url) => {
      const proxy = await startProxy(url);
      const pool = new pg.Pool({ connectionString: proxy.url, max: 10 });
      pool.on('error', () => undefined);
      const worker = await connect({ pool, controlUrl: url });
      const told = Promise.withResolvers<void>();
      let stopped: Promise<void> | undefined;
      onTestFinished(
        subscribe('background.error', ({ where }) => {
          if (where !== 'job one') return;
          stopped = worker.stop();
          told.resolve();
        }),
      );
      try {
        const one = job<Payload>('one', {
          mode: 'claimed',
          retry: { limit: 0 },
          run: ({ n }, { onSettle }) => onSettle((tx) => tx.query(INSERT, [n])),
        });
        await onDatabase(url, async (client) => {
          await client.query(HOLD_CLAIMS);
          await keep.enqueue(one, { n: 1 });
          await worker.start({ jobs: [one] });
          const held = async (): Promise<unknown[]> => (await client.query(HELD)).rows.map(({ pid }) => pid);
          await expect.poll(held, { timeout: 60_000 }).toHaveLength(1);
          const pids = await held();
          proxy.hold();
          if (before !== undefined) {
            await client.query(before);
            const open = async (): Promise<unknown[]> => (await client.query(OPEN, [pids])).rows;
            await expect.poll(open, { timeout: 60_000 }).toEqual([]);
          }
          proxy.reset();
          proxy.release();
          await told.promise;
          if (after !== undefined) await client.query(after);
          await stopped;
        });
        expect(await keep.jobStatus(one)).toMatchObject({ active: 0, dead: 0 });
        await keep.start({ jobs: [one] });
        await keep.drain(one);
        expect([await effects(url), await keep.jobStatus(one)]).toMatchObject([[1], { dead: 0 }]);
      } finally {
        proxy.release();
        await worker.stop({ force: true });
        await pool.end();
        await proxy.close();
      }
    });
  },
);

test('a claim that commits after its worker lost its session is not begun: others have its job', async () => {
  await withKeep(async (keep, url) => {
    const begun: number[] = [];
    const next = Promise.withResolvers<void>();
    const one = job<Payload>('one', {
      mode: 'claimed',
      workers: 2,
      run: async ({ n }, { attempt, onSettle }) => {
        begun.push(attempt);
        onSettle((tx) => tx.query(INSERT, [n]));
        if (attempt === 0) await next.promise;
        else next.resolve();
      },
    });
    await keep.enqueue(one, { n: 1 });
    await onDatabase(url, async (client) => {
      await client.query(HOLD_CLAIMS);
      await keep.start({ jobs: [one] });
      const count = async (query: string): Promise<number> => (await client.query(query)).rows.length;
      await expect.poll(() => count(HELD), { timeout: 60_000 }).toBe(1);
      const { rows } = await client.query('select id from scorekeep.job_worker');
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'scorekeep-control'`,
      );
      const after = `select from scorekeep.job_worker where id > ${rows[0].id}`;
      await expect.poll(() => count(after), { timeout: 60_000 }).toBe(1);
      await client.query(UNLOCK);
    });
    await keep.drain(one);
    expect([begun, await effects(url)]).toEqual([[1], [1]]);
  });
});

test('a claim that had to wait for a connection is not begun when its job was paused meanwhile', async () => {
  await withKeep(async (keep, url) => {
    const pool = new pg.Pool({ connectionString: url, max: 5 });
    const worker = await connect({ pool, controlUrl: url });
    const other = await connect({ url });
    const taken: pg.PoolClient[] = [];
    const release = (): void => {
      for (const client of taken.splice(0)) client.release();
    };
    try {
      const one = job<Payload>('one', {
        mode: 'claimed',
        run: ({ n }, { onSettle }) => onSettle((tx) => tx.query(INSERT, [n])),
      });
      const marker = job<Payload>('marker', { mode: 'claimed', run: () => undefined });
      // Its loops look for jobs now and then, too: they are not to wait for a connection of the same pool.
      await other.start({ jobs: [marker] });
      await worker.start({ jobs: [one] });
      taken.push(...(await Promise.all(numbers(5).map(() => pool.connect()))));
      await keep.enqueueAll(one, numbers(2));
      // Both loops are past the look whether their job is paused.
      await expect.poll(() => pool.waitingCount, { timeout: 60_000 }).toBe(2);
      await keep.pauseJob(one);
      release();
      await keep.enqueueAll(marker, numbers(20));
      await keep.drain(marker);
      expect(await effects(url)).toEqual([]);
      await keep.resumeJob(one);
      await keep.drain(one);
      expect(await effects(url)).toEqual([1, 2]);
      expect(await keep.jobStatus(one)).toMatchObject({ dead: 0 });
    } finally {
      release();
      await other.stop();
      await worker.stop();
      await pool.end();
    }
  });
});

test('jobs of a group never exceed its limit at a time, over all connections and loops', async () => {
  await withKeep(async (keep, url) => {
    const under = new Map<string, number>();
    let most = 0;
    let together = 0;
    const grouped = job<{ n: number; team: string }>('grouped', {
      mode: 'claimed',
      workers: 6,
      group: { by: ({ team }) => team, limit: 2 },
      run: async ({ team }) => {
        under.set(team, (under.get(team) ?? 0) + 1);
        most = Math.max(most, under.get(team) ?? 0);
        together = Math.max(
          together,
          [...under.values()].reduce((a, b) => a + b, 0),
        );
        await onDatabase(url, (client) => client.query('select 1'));
        under.set(team, (under.get(team) ?? 0) - 1);
      },
    });
    await keep.enqueueAll(
      grouped,
      numbers(40).map(({ n }) => ({ n, team: `team ${n % 2}` })),
    );
    const other = await connect({ url, poolSize: 20 });
    await Promise.all([keep, other].map((one) => one.start({ jobs: [grouped] })));
    await keep.drain(grouped);
    await other.stop();
    expect(most).toBe(2);
    expect(together).toBeGreaterThan(2);
  });
});

test('jobs with a strict key are worked in the order in which they were enqueued, one at a time', async () => {
  await withKeep(async (keep, url) => {
    const ordered = job<{ n: number; room: string }>('ordered', {
      mode: 'claimed',
      workers: 4,
      policy: 'key_strict_fifo',
      key: ({ room }) => room,
      run: ({ n }, { onSettle }) => onSettle((tx) => tx.query(INSERT, [n])),
    });
    for (const { n } of numbers(20)) await keep.enqueue(ordered, { n, room: `room ${n % 2}` });
    await keep.start({ jobs: [ordered] });
    await keep.drain(ordered);
    const order = await onDatabase(url, async (client) =>
      (await client.query('select n from effect order by at')).rows.map(({ n }) => Number(n)),
    );
    for (const room of [0, 1]) {
      const own = order.filter((n) => n % 2 === room);
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
    expect(order).toHaveLength(20);
  });
});

test.each(['transactional', 'claimed'] as const)(
  'a rate is kept over all connections, by the clock of the database: %s',
  async (mode) => {
    await withKeep(async (keep, url) => {
      const begun: Promise<unknown>[] = [];
      const limited = job<Payload>('limited', {
        mode,
        workers: 3,
        rate: { perSecond: 20, burst: 5 },
        run: ({ n }) => {
          begun.push(onDatabase(url, (client) => client.query(INSERT, [n])));
        },
      });
      await keep.enqueueAll(limited, numbers(45));
      const other = await connect({ url, poolSize: 20 });
      await Promise.all([keep, other].map((one) => one.start({ jobs: [limited] })));
      await keep.drain(limited);
      await other.stop();
      await Promise.all(begun);
      // In any window of a second: at most the burst and what flows in meanwhile, and a few whose rows were written late. Two
      // buckets would let begin twice as many.
      const { rows } = await onDatabase(url, (client) =>
        client.query(
          `select max(count)::int as most from (select count(*) over (order by at range between current row and interval '1 second' following) from effect) windows`,
        ),
      );
      expect(await effects(url)).toHaveLength(45);
      expect(rows[0].most).toBeLessThanOrEqual(35);
      const { rows: span } = await onDatabase(url, (client) =>
        client.query(`select extract(epoch from max(at) - min(at)) >= 1.5 as paced from effect`),
      );
      expect(span).toEqual([{ paced: true }]);
    });
  },
);

test.each(['transactional', 'claimed'] as const)(
  'a rate that saves up only one is reached by one loop all the same: %s',
  async (mode) => {
    await withKeep(async (keep) => {
      const limited = job<Payload>('limited', { mode, rate: { perSecond: 50, burst: 1 }, run: () => undefined });
      await keep.enqueueAll(limited, numbers(100));
      await keep.start({ jobs: [limited] });
      // Two seconds by its rate; fifty if it looked every half second only.
      await keep.drain(limited, { signal: AbortSignal.timeout(30_000) });
    });
  },
);

test.each(['transactional', 'claimed'] as const)(
  'a rate whose clock went back lets nobody begin beyond it, and fails nobody: %s',
  async (mode) => {
    await withKeep(async (keep, url) => {
      const told: string[] = [];
      onTestFinished(subscribe('background.error', ({ where }) => void told.push(where)));
      const limited = job<Payload>('limited', {
        mode,
        rate: { perSecond: 0.001, burst: 1 },
        run: ({ n }) => onDatabase(url, (client) => client.query(INSERT, [n])),
      });
      const other = job<Payload>('other', { mode, rate: { perSecond: 1000 }, run: () => undefined });
      await keep.enqueueAll(limited, numbers(3));
      // As if the clock of the database had been ahead by a day when the last token was taken.
      await onDatabase(url, (client) =>
        client.query(
          `insert into scorekeep.job_queue (name, tokens, filled_at) values ('jobs/limited', 0, now() + interval '1 day')`,
        ),
      );
      await keep.start({ jobs: [limited, other] });
      const looked = `select from scorekeep.job_queue where name = 'jobs/limited' and filled_at < now()`;
      const looks = async (): Promise<number> =>
        onDatabase(url, async (client) => (await client.query(looked)).rows.length);
      await expect.poll(looks, { timeout: 60_000 }).toBe(1);
      // Whatever that look was good for is begun before what comes after it.
      await keep.enqueueAll(other, numbers(20));
      await keep.drain(other);
      expect([await effects(url), told]).toEqual([[], []]);
    });
  },
);

test('a job that has changed its policy is refused, since pg-boss cannot change it', async () => {
  await withKeep(async (keep) => {
    const same = job('same', { mode: 'claimed', run: () => undefined });
    const changed = job('same', { mode: 'claimed', run: () => undefined, policy: 'singleton' });
    await keep.enqueue(same, {});
    await expect(keep.enqueue(changed, {})).rejects.toMatchObject({ code: 'JOB_CHANGED' });
  });
});
