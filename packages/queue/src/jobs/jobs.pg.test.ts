import { expect, onTestFinished, test } from 'vitest';
import { createAdmin } from '../admin/index.ts';
import { subscribe } from '../facts.ts';
import { connect, dead, type JobContext, job, retry } from '../index.ts';
import { onDatabase } from '../testing/contest.ts';
import { effects, INSERT, numbers, states, withKeep } from '../testing/with-keep.ts';

test('a job that is enqueued is worked once, its effect and its acknowledgement in one transaction', async () => {
  await withKeep(async (keep, url) => {
    const one = job<{ n: number }>('one', { run: ({ n }, { tx }) => tx.query(INSERT, [n]) });
    await keep.start({ jobs: [one] });
    const receipts = await keep.enqueueAll(one, numbers(3));
    expect(receipts.map(({ state }) => state)).toEqual(['accepted', 'accepted', 'accepted']);
    await keep.drain(one);
    expect(await effects(url)).toEqual([1, 2, 3]);
    expect(await states(url, one.queue)).toEqual({ completed: 3 });
  });
});

test.each(['transactional', 'claimed'] as const)(
  '%s jobs that are not kept are gone once they are done; those that failed are not',
  async (mode) => {
    await withKeep(async (keep, url) => {
      const tried: number[] = [];
      const one = job<{ n: number }>('one', {
        mode,
        keepSeconds: 0,
        retry: { limit: 1, delay: 0, backoff: false },
        async run({ n }, context) {
          tried.push(n);
          if (n === 2 && tried.filter((each) => each === 2).length === 1) return retry('AGAIN');
          if (n === 3) return dead('NEVER');
          if (mode === 'claimed') context.onSettle((tx) => tx.query(INSERT, [n]));
          else await context.tx.query(INSERT, [n]);
          return undefined;
        },
      });
      await keep.enqueueAll(one, numbers(4));
      await keep.start({ jobs: [one] });
      await expect.poll(() => keep.jobStatus(one)).toMatchObject({ waiting: 0, delayed: 0, active: 0, dead: 1 });
      expect(await effects(url)).toEqual([1, 2, 4]);
      expect(await states(url, one.queue)).toEqual({ failed: 1 });
      const step = { job: one, payload: { n: 1 } };
      await expect(keep.flow({ a: step, b: { ...step, after: ['a'] } })).rejects.toThrow('step "a" needs keepSeconds');
      await expect(keep.enqueue(one, { n: 1 }, { key: 'k' })).rejects.toThrow('a key needs keepSeconds of 1 or more');
    });
  },
);

test('a step of a flow that was enqueued before its jobs were not kept is, and those after it go on: they had waited for ever', async () => {
  await withKeep(async (keep, url) => {
    const run = ({ n }: { n: number }, { tx }: JobContext): Promise<unknown> => tx.query(INSERT, [n]);
    const [before, now] = [job<{ n: number }>('one', { run }), job<{ n: number }>('one', { run, keepSeconds: 0 })];
    const last = job<{ n: number }>('last', { run });
    const steps = { a: { job: before, payload: { n: 1 } }, b: { job: last, payload: { n: 2 }, after: ['a'] } };
    await keep.flow(steps);
    await keep.start({ jobs: [now, last] });
    await keep.drain(last);
    expect(await effects(url)).toEqual([1, 2]);
    const [one, other] = ['one', 'last'].map((name) => `jobs/${name}`);
    const { queues } = await keep.stats();
    const rate = (queue: string | undefined): unknown =>
      queues.find((each) => each.queue === queue)?.completedPerSecond;
    expect([rate(one), rate(other)]).toEqual([null, expect.closeTo(1 / 300)]);
  });
});

test('a job enqueued in a transaction exists only if that commits', async () => {
  await withKeep(async (keep, url) => {
    const one = job<{ n: number }>('one', { run: ({ n }, { tx }) => tx.query(INSERT, [n]) });
    await keep.start({ jobs: [one] });
    await keep
      .transaction(async (tx) => {
        expect(await keep.enqueue(one, { n: 1 }, { tx })).toMatchObject({ state: 'accepted' });
        throw new Error('changed my mind');
      })
      .catch(() => undefined);
    await keep.transaction((tx) => keep.enqueue(one, { n: 2 }, { tx }));
    await keep.drain(one);
    expect(await effects(url)).toEqual([2]);
  });
});

test('a key makes an enqueue idempotent: in one call, between calls, and after the job is done', async () => {
  await withKeep(async (keep, url) => {
    const one = job<{ n: number }>('one', {
      unique: ({ n }) => `n${n}`,
      run: ({ n }, { tx }) => tx.query(INSERT, [n]),
    });
    const first = await keep.enqueueAll(one, [{ n: 1 }, { n: 1 }, { n: 2 }]);
    expect(first.map(({ state }) => state)).toEqual(['accepted', 'duplicate', 'accepted']);
    const all = await Promise.all(Array.from({ length: 20 }, () => keep.enqueue(one, { n: 3 })));
    expect(all.filter(({ state }) => state === 'accepted')).toHaveLength(1);
    await keep.start({ jobs: [one] });
    await keep.drain(one);
    expect(await keep.enqueue(one, { n: 1 })).toEqual({ ...first[0], state: 'duplicate' });
    expect(await keep.enqueue(one, { n: 9 }, { key: 'n2' })).toMatchObject({ state: 'duplicate' });
    expect(await effects(url)).toEqual([1, 2, 3]);
  });
});

test('a key stands for its job while that is tried again, when it is dead, and when it is redriven', async () => {
  await withKeep(async (keep, url) => {
    let cured = false;
    const one = job<{ n: number }>('one', {
      unique: ({ n }) => `${n}`,
      retry: { limit: 1, delay: 3_600 },
      run: ({ n }, { tx }) => (cured ? tx.query(INSERT, [n]) : retry('ILL')),
    });
    const again = async (): Promise<string> => (await keep.enqueue(one, { n: 1 })).state;
    expect(await again()).toBe('accepted');
    await keep.start({ jobs: [one] });
    await expect.poll(() => states(url, one.queue), { timeout: 60_000 }).toEqual({ retry: 1 });
    expect(await again()).toBe('duplicate');
    await onDatabase(url, (client) => client.query('update scorekeep_jobs.job set start_after = now()'));
    await expect.poll(() => states(url, one.queue), { timeout: 60_000 }).toEqual({ failed: 1 });
    expect(await again()).toBe('duplicate');
    cured = true;
    expect(
      await createAdmin(keep, { authorize: () => true })
        .deadLetters(one, 'ann')
        .redrive(),
    ).toEqual({ moved: 1 });
    expect(await again()).toBe('duplicate');
    await keep.drain(one);
    expect(await again()).toBe('duplicate');
    expect(await effects(url)).toEqual([1]);
  });
});

test('a job that fails waits twice as long each time, up to the most, and not as long as its neighbour', async () => {
  await withKeep(async (keep, url) => {
    const one = job<{ n: number }>('one', {
      batch: 2,
      retry: { limit: 3, delay: 100, delayMax: 500 },
      run: () => retry('NO'),
    });
    await keep.enqueueAll(one, numbers(2));
    await keep.start({ jobs: [one] });
    const delays: number[][] = [];
    for (let tries = 0; tries < 3; tries++) {
      const waits = async (): Promise<unknown[]> => {
        const { rows } = await onDatabase(url, (client) =>
          client.query(
            `select extract(epoch from start_after - started_on)::float8 as seconds from scorekeep_jobs.job
             where name = 'jobs/one' and state = 'retry' and retry_count = ${tries} and start_after > now()`,
          ),
        );
        return rows;
      };
      await expect.poll(waits, { timeout: 60_000 }).toHaveLength(2);
      delays.push(((await waits()) as { seconds: number }[]).map(({ seconds }) => seconds));
      await onDatabase(url, (client) => client.query('update scorekeep_jobs.job set start_after = now()'));
    }
    for (const [i, [least, most]] of [
      [100, 200],
      [200, 400],
      [400, 500],
    ].entries()) {
      for (const seconds of delays[i] ?? []) {
        expect(seconds).toBeGreaterThanOrEqual(least ?? 0);
        expect(seconds).toBeLessThanOrEqual(most ?? 0);
      }
    }
    expect(delays[0]?.[0]).not.toBe(delays[0]?.[1]);
  });
});

test('higher priorities go first, and a delayed job waits its time', async () => {
  await withKeep(async (keep, url) => {
    const one = job<{ n: number }>('one', {
      priority: ({ n }) => n,
      run: ({ n }, { tx }) => tx.query(INSERT, [n]),
    });
    await keep.enqueueAll(one, numbers(5));
    await keep.enqueue(one, { n: 6 }, { startAfter: 3_600 });
    await keep.enqueue(one, { n: 7 }, { startAfter: new Date('2020-01-01'), priority: 1 });
    await keep.start({ jobs: [one] });
    await expect
      .poll(() => keep.jobStatus(one), { timeout: 60_000 })
      .toMatchObject({ waiting: 0, delayed: 1, active: 0, dead: 0 });
    const order = await effectsInOrder(url);
    expect(order.slice(0, 4)).toEqual([5, 4, 3, 2]);
    expect(order.slice(4).toSorted()).toEqual([1, 7]);
  });
});

test('a pool too small for the jobs is refused, naming the size', async () => {
  await withKeep(async (keep) => {
    const many = job('many', { workers: 30, run: () => undefined });
    await expect(keep.start({ jobs: [many] })).rejects.toMatchObject({
      code: 'POOL_TOO_SMALL',
      fields: { needed: 33 },
    });
  });
});

test('a paused job is not begun, in any process, until it is resumed', async () => {
  await withKeep(async (keep, url) => {
    const one = job<{ n: number }>('one', { run: ({ n }, { tx }) => tx.query(INSERT, [n]) });
    const claimed = job<{ n: number }>('claimed', {
      mode: 'claimed',
      run: ({ n }, { onSettle }) => onSettle((tx) => tx.query(INSERT, [n])),
    });
    for (const paused of [one, claimed]) {
      expect(await keep.pauseJob(paused)).toBe(true);
      expect(await keep.pauseJob(paused)).toBe(false);
      await keep.enqueueAll(paused, numbers(2));
    }
    await keep.start({ jobs: [one, claimed] });
    const marker = job<{ n: number }>('marker', { run: () => undefined });
    expect(await keep.jobStatus(marker)).toMatchObject({ paused: false });
    expect(await keep.jobStatus(one)).toMatchObject({ waiting: 2, paused: true });
    expect(await effects(url)).toEqual([]);
    for (const paused of [one, claimed]) {
      expect(await keep.resumeJob(paused)).toBe(true);
      expect(await keep.resumeJob(paused)).toBe(false);
      await keep.drain(paused);
    }
    expect(await effects(url)).toEqual([1, 1, 2, 2]);
  });
});

test('a full queue refuses what is beyond its backlog, and takes more once there is room', async () => {
  await withKeep(async (keep) => {
    const one = job<{ n: number }>('one', { backlog: 3, run: () => undefined });
    const receipts = await keep.enqueueAll(one, numbers(5));
    expect(receipts.map(({ state }) => state)).toEqual(['accepted', 'accepted', 'accepted', 'refused', 'refused']);
    expect(receipts[4]).toMatchObject({ reason: 'backlog', retryAfterSeconds: 1 });
    await keep.start({ jobs: [one] });
    await keep.drain(one);
    await expect.poll(() => keep.enqueue(one, { n: 6 })).toMatchObject({ state: 'accepted' });
  });
});

test('a full queue refuses what is beyond its backlog of a hundred that come at once, and of a flow', async () => {
  await withKeep(async (keep, url) => {
    const one = job<{ n: number }>('one', { backlog: 10, unique: ({ n }) => `${n}`, run: () => undefined });
    const other = job<{ n: number }>('other', { run: () => undefined });
    const flow = (n: number): ReturnType<typeof keep.flow> =>
      keep.flow({ a: { job: other, payload: { n } }, b: { job: one, payload: { n }, after: ['a'] } });
    expect(await flow(0)).toMatchObject({ state: 'accepted' });
    const receipts = await Promise.all(numbers(100).map((payload) => keep.enqueue(one, payload)));
    expect(receipts.filter(({ state }) => state === 'accepted')).toHaveLength(9);
    expect(receipts.filter(({ state }) => state === 'refused')).toHaveLength(91);
    expect(await flow(1)).toEqual({ state: 'refused', reason: 'backlog', retryAfterSeconds: 1 });
    expect(await states(url, one.queue)).toEqual({ created: 10 });
    expect(await states(url, other.queue)).toEqual({ created: 1 });
  });
});

test('room that a duplicate, or an enqueue which fails, did not use is there for the next', async () => {
  await withKeep(async (keep, url) => {
    const one = job<{ n: number }>('one', { backlog: 2, unique: ({ n }) => `${n}`, run: () => undefined });
    const failed = keep.transaction(async (tx) => {
      await tx.query('select 1 / 0').catch(() => undefined);
      return keep.enqueueAll(one, numbers(2), { tx });
    });
    await expect(failed).rejects.toMatchObject({ code: '25P02' });
    for (let i = 0; i < 3; i++) await keep.enqueue(one, { n: 1 });
    expect(await keep.enqueue(one, { n: 2 })).toMatchObject({ state: 'accepted' });
    expect(await keep.enqueue(one, { n: 3 })).toMatchObject({ state: 'refused' });
    expect(await states(url, one.queue)).toEqual({ created: 2 });
  });
});

test('enqueues that come at once use the room of their own jobs, and tell of these: each was charged with those of the others', async () => {
  await withKeep(async (keep) => {
    const one = job<{ n: number }>('one', { backlog: 100, run: () => undefined });
    const accepted: number[] = [];
    onTestFinished(subscribe('job.enqueued', (fact) => void accepted.push(fact.accepted)));
    const payloads = numbers(100);
    const receipts = await Promise.all(payloads.slice(0, 60).map((payload) => keep.enqueue(one, payload)));
    // At once, as long as the count is not taken anew.
    receipts.push(...(await keep.enqueueAll(one, payloads.slice(60))));
    expect(receipts.filter(({ state }) => state === 'accepted')).toHaveLength(100);
    expect(accepted.reduce((a, b) => a + b, 0)).toBe(100);
  });
});

test('a job that is to be begun in less than a microsecond is enqueued: its time was none to the database', async () => {
  await withKeep(async (keep) => {
    const one = job<{ n: number }>('one', { run: () => undefined });
    expect(await keep.enqueue(one, { n: 1 }, { startAfter: 1e-7 })).toMatchObject({ state: 'accepted' });
    await keep.start({ jobs: [one] });
    await keep.drain(one);
  });
});

test('jobs with the greatest of all options, whichever mode, can be enqueued', async () => {
  await withKeep(async (keep, url) => {
    for (const mode of ['transactional', 'claimed'] as const) {
      const one = job<{ n: number }>(mode, {
        mode,
        deadline: 86_400,
        keepSeconds: 31_536_000,
        bytes: 1_048_576,
        backlog: 100_000_000,
        retry: { limit: 100, delay: 86_400, delayMax: 86_400, crashes: 100 },
        run: () => undefined,
      });
      await keep.enqueue(one, { n: 1 });
      await keep.enqueue(one, { n: 2 }, { startAfter: 0, priority: 1_000_000, key: '\u{1f600}'.repeat(127) });
      expect(await states(url, one.queue)).toEqual({ created: 2 });
    }
  });
});

test('a process that is told to stop while it starts ends, and keeps no connection', async () => {
  await withKeep(async (keep, url) => {
    const one = job<{ n: number }>('one', { run: () => undefined });
    const other = await connect({ url });
    const starting = other.start({ jobs: [one] }).catch(() => undefined);
    await other.stop();
    await starting;
    await keep.jobStatus(one);
    const sessions = async (): Promise<unknown> => {
      const { rows } = await onDatabase(url, (client) =>
        client.query(
          `select count(*)::int from pg_stat_activity where datname = current_database() and application_name = 'scorekeep-control'`,
        ),
      );
      return rows[0].count;
    };
    await expect.poll(sessions, { timeout: 60_000 }).toBe(0);
  });
});

test('options that no job can have are refused before anything is enqueued', async () => {
  await withKeep(async (keep) => {
    const one = job<{ n: number }>('one', { run: () => undefined });
    const times = [
      -1,
      Number.NaN,
      1e9,
      new Date(Number.NaN),
      new Date(8.64e15),
      new Date(-8.64e15),
      'tomorrow' as never,
    ];
    for (const startAfter of times) {
      await expect(keep.enqueue(one, { n: 1 }, { startAfter })).rejects.toThrow('startAfter is 0 to 31536000 seconds');
    }
    for (const key of ['', 'x'.repeat(256), 'a\0b', '\ud800']) {
      await expect(keep.enqueue(one, { n: 1 }, { key })).rejects.toThrow('a key is 1 to 255');
    }
    const large = job<string>('large', { bytes: 1_048_576, run: () => undefined });
    const payloads = new Array<string>(140).fill('x'.repeat(1_000_000));
    await expect(keep.enqueueAll(large, payloads)).rejects.toThrow('134217728 bytes together');
    const step = { job: one, payload: { n: 1 } };
    await expect(keep.flow({ a: step })).rejects.toThrow('no step waits for another');
    await expect(keep.flow({ a: step, b: { ...step, after: ['a'] } }, { key: 'a\0b' })).rejects.toThrow('a key is');
    await expect(keep.flow({ a: step, '': { ...step, after: ['a'] } })).rejects.toThrow('the name of a step');
    await expect(keep.flow({ a: step, b: { ...step, after: ['c'] } })).rejects.toThrow('no step "c"');
    expect(await keep.jobStatus(one)).toMatchObject({ waiting: 0, delayed: 0 });
  });
});

test('the steps of a flow wait for each other: out to many and in to one', async () => {
  await withKeep(async (keep, url) => {
    const one = job<{ n: number }>('one', { run: ({ n }, { tx }) => tx.query(INSERT, [n]) });
    const other = job<{ n: number }>('other', { run: ({ n }, { tx }) => tx.query(INSERT, [n]) });
    const steps = {
      first: { job: one, payload: { n: 1 } },
      left: { job: other, payload: { n: 2 }, after: ['first'] },
      right: { job: one, payload: { n: 3 }, after: ['first'] },
      last: { job: one, payload: { n: 4 }, after: ['left', 'right'] },
    };
    const receipt = await keep.flow(steps, { key: 'flow 1' });
    expect(receipt.state).toBe('accepted');
    expect(await keep.flow(steps, { key: 'flow 1' })).toEqual({ ...receipt, state: 'duplicate' });
    const next = { job: one, payload: { n: 1 }, after: ['first'] };
    const bad = { first: { job: one, payload: { n: 10n } }, next };
    expect(await keep.flow(bad)).toEqual({ state: 'rejected', step: 'first', reason: 'not_json', at: '/n' });
    await expect(keep.flow({ a: { job: one, payload: {}, after: ['a'] } })).rejects.toThrow('wait for each other');
    await keep.start({ jobs: [one, other] });
    await keep.drain(one);
    await keep.drain(other);
    const order = await effectsInOrder(url);
    expect([order[0], order.slice(1, 3).toSorted(), order[3]]).toEqual([1, [2, 3], 4]);
  });
});

async function effectsInOrder(url: string): Promise<number[]> {
  return onDatabase(url, async (client) =>
    (await client.query('select n from effect order by at')).rows.map(({ n }) => Number(n)),
  );
}
