import { expect, test } from 'vitest';
import { job } from '../index.ts';
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
    await expect.poll(() => keep.jobStatus(one)).toMatchObject({ waiting: 0, delayed: 1, active: 0, dead: 0 });
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
    const bad = { first: { job: one, payload: { n: 10n } } };
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
