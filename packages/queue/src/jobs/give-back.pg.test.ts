import { expect, test } from 'vitest';
import { connect, type Job, job, type Keep, retry } from '../index.ts';
import { onDatabase } from '../testing/contest.ts';
import { effects, INSERT, states, withKeep } from '../testing/with-keep.ts';
import type { JobDefinition } from './job.ts';

type Payload = { n: number; room: string };

/** A worker beside the connection of the test. */
async function withWorker(url: string, one: Job<Payload>, work: (worker: Keep) => Promise<void>): Promise<void> {
  const worker = await connect({ url });
  try {
    await worker.start({ jobs: [one] });
    await work(worker);
  } finally {
    await worker.stop();
  }
}

const dueNow = (url: string): Promise<unknown> =>
  onDatabase(url, (client) => client.query(`update scorekeep_jobs.job set start_after = now() where state < 'active'`));

test('a job of a strict key whose version is newer than its worker is not overtaken while it waits for another', async () => {
  await withKeep(async (keep, url) => {
    const release = (version: number, changes: JobDefinition<Payload> = {}): Job<Payload> =>
      job<Payload>('ordered', {
        mode: 'claimed',
        policy: 'key_strict_fifo',
        key: ({ room }) => room,
        retry: { limit: 0 },
        version,
        run: ({ n }, { onSettle }) => onSettle((tx) => tx.query(INSERT, [n])),
        ...changes,
      });
    const [older, newer] = [release(1), release(2, { upcast: { 1: (payload) => payload } })];
    await keep.enqueue(newer, { n: 1, room: 'a' });
    await keep.enqueue(older, { n: 2, room: 'a' });
    await withWorker(url, older, async (worker) => {
      await expect.poll(() => keep.jobStatus(older), { timeout: 60_000 }).toMatchObject({ delayed: 1, active: 0 });
      await keep.enqueue(older, { n: 3, room: 'b' });
      await expect.poll(() => effects(url), { timeout: 60_000 }).toContain(3);
      expect(await effects(url)).toEqual([3]);
      expect(await worker.jobStatus(older)).toMatchObject({ dead: 0 });
    });
    await keep.start({ jobs: [newer] });
    await dueNow(url);
    await keep.drain(newer);
    const order = await onDatabase(url, (client) => client.query('select n from effect order by at'));
    expect(order.rows).toEqual([{ n: 3 }, { n: 1 }, { n: 2 }]);
  });
});

/** Jobs with one key, of which those that `waits` chooses do not end while the worker lives that is told to stop. */
function held(policy: NonNullable<JobDefinition['policy']>, changes: JobDefinition<Payload> = {}) {
  const begun: [number, number][] = [];
  const gate = Promise.withResolvers<void>();
  const one = job<Payload>('one', {
    mode: 'claimed',
    policy,
    ...(policy === 'standard' ? {} : { key: ({ room }) => room }),
    retry: { limit: 0 },
    run: async ({ n }, { onSettle, attempt }) => {
      begun.push([n, attempt]);
      onSettle((tx) => tx.query(INSERT, [n]));
      if (n === 1 && attempt === 0) await gate.promise;
    },
    ...changes,
  });
  return { one, begun };
}

test.each(['standard', 'short', 'stately'] as const)(
  'a job without a try left goes back uncharged at the second signal, though another of its key waits: %s',
  async (policy) => {
    await withKeep(async (keep, url) => {
      const { one, begun } = held(policy);
      await keep.enqueue(one, { n: 1, room: 'a' });
      await withWorker(url, one, async (worker) => {
        await expect.poll(() => begun, { timeout: 60_000 }).toEqual([[1, 0]]);
        expect(await keep.enqueue(one, { n: 2, room: 'a' })).toMatchObject({ state: 'accepted' });
        await worker.stop({ force: true });
      });
      expect(await keep.jobStatus(one)).toMatchObject({ active: 0, dead: 0 });
      await keep.start({ jobs: [one] });
      await keep.drain(one);
      expect(await effects(url)).toEqual([1, 2]);
      expect(begun.toSorted()).toEqual([
        [1, 0],
        [1, 1],
        [2, 0],
      ]);
    });
  },
);

test('a stately job goes back uncharged at the second signal, though another of its key waits to be tried again', async () => {
  await withKeep(async (keep, url) => {
    const { one, begun } = held('stately');
    const failing = { ...one, definition: { ...one.definition, run: () => retry('BUSY', { afterSeconds: 3_600 }) } };
    await keep.enqueue(one, { n: 2, room: 'a' });
    await onDatabase(url, (client) => client.query('update scorekeep_jobs.job set retry_limit = 1'));
    await withWorker(url, failing, async () => {
      await expect.poll(() => states(url, one.queue), { timeout: 60_000 }).toEqual({ retry: 1 });
    });
    await keep.enqueue(one, { n: 1, room: 'a' });
    await withWorker(url, one, async (worker) => {
      await expect.poll(() => begun, { timeout: 60_000 }).toEqual([[1, 0]]);
      await worker.stop({ force: true });
    });
    expect(await keep.jobStatus(one)).toMatchObject({ active: 0, dead: 0 });
    await dueNow(url);
    await keep.start({ jobs: [one] });
    await keep.drain(one);
    expect(await effects(url)).toEqual([1, 2]);
  });
});

const SLEEP = 'select pg_sleep(600)';

/** `begun` never resolves: what follows never ends. */
test.each<[string, (begun: () => Promise<never>) => JobDefinition<Payload>]>([
  ['whose handler never ends, and does not heed its signal,', (begun) => ({ run: begun })],
  ['of a set that never ends, and does not heed its signal,', (begun) => ({ runBatch: begun })],
  [
    'whose statement takes long',
    (begun) => ({
      run: (_, { tx }) => {
        void begun();
        return tx.query(SLEEP);
      },
    }),
  ],
  [
    'that leaves for the end what never ends',
    (begun) => ({ mode: 'claimed', run: (_, { onSettle }) => onSettle(begun) }),
  ],
  [
    'that leaves for the end a statement which takes long',
    (begun) => ({
      mode: 'claimed',
      run: (_, { onSettle }) =>
        onSettle((tx) => {
          void begun();
          return tx.query(SLEEP);
        }),
    }),
  ],
])('a job %s is let go of at the second signal, and goes back uncharged', async (_, define) => {
  await withKeep(async (keep, url) => {
    const begun = Promise.withResolvers<void>();
    const definition = define(() => {
      begun.resolve();
      return new Promise(() => undefined);
    });
    const one = job<Payload>('one', { deadline: 600, retry: { limit: 0, crashes: 1 }, ...definition });
    await keep.enqueue(one, { n: 1, room: 'a' });
    await withWorker(url, one, async (worker) => {
      await begun.promise;
      await worker.stop({ force: true });
    });
    expect(await keep.jobStatus(one)).toMatchObject({ waiting: 1, active: 0, dead: 0 });
    expect((await onDatabase(url, (client) => client.query('select from scorekeep.job_suspect'))).rows).toEqual([]);
  });
});
