import { expect, test } from 'vitest';
import { dead, type Job, job } from '../index.ts';
import type { Keep } from '../keep.ts';
import { onDatabase } from '../testing/contest.ts';
import { effects, INSERT, states, withKeep } from '../testing/with-keep.ts';
import { createAdmin, type DeadLetters } from './index.ts';

type Payload = { n: number; room: string };
const ordered = job<Payload>('ordered', {
  mode: 'claimed',
  policy: 'key_strict_fifo',
  key: ({ room }) => room,
  retry: { limit: 1, delay: 0, backoff: false },
  run: ({ n }, { onSettle }) => {
    if (n < 0) return dead('NEGATIVE');
    onSettle((tx) => tx.query(INSERT, [n]));
  },
});
const step = job<Payload>('step', {
  retry: { limit: 0 },
  run: async ({ n }, { tx }) => {
    if (n < 0) return dead('NEGATIVE');
    await tx.query(INSERT, [n]);
  },
});

/** Enqueued jobs, of which one is dead and the others wait for it. */
async function withDead(
  of: Job<Payload>,
  enqueue: (keep: Keep) => Promise<unknown>,
  work: (given: { keep: Keep; url: string; letters: DeadLetters; id: string }) => Promise<void>,
): Promise<void> {
  await withKeep(async (keep, url) => {
    await enqueue(keep);
    await keep.start({ jobs: [of] });
    await expect.poll(() => keep.jobStatus(of), { timeout: 60_000 }).toMatchObject({ active: 0, dead: 1 });
    const letters = createAdmin(keep, { authorize: () => true }).deadLetters(of, 'ann');
    const [one] = await letters.list();
    await work({ keep, url, letters, id: one?.id ?? '' });
  });
}

const inOneRoom = async (keep: Keep): Promise<void> => {
  for (const n of [-1, 2, 3]) await keep.enqueue(ordered, { n, room: 'a' });
};

test('a dead job of a strict key holds its key up until it is redriven, which puts it before those that wait', async () => {
  await withDead(ordered, inOneRoom, async ({ keep, url, letters, id }) => {
    expect(await effects(url)).toEqual([]);
    await letters.fix(id, { n: 1, room: 'a' });
    const twice = await Promise.all([letters.redrive(), letters.redrive()]);
    expect(twice.map(({ moved }) => moved).toSorted()).toEqual([0, 1]);
    await keep.drain(ordered);
    const order = await onDatabase(url, (client) => client.query('select n from effect order by at'));
    expect(order.rows).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(await states(url, ordered.queue)).toEqual({ completed: 3 });
    expect(await states(url, ordered.deadQueue)).toEqual({});
  });
});

test('a dead job of a strict key that dies again is a dead letter again, with all its tries', async () => {
  await withDead(ordered, inOneRoom, async ({ keep, url, letters }) => {
    const { rows } = await onDatabase(url, (client) =>
      client.query(`select retry_count from scorekeep_jobs.job where name = 'jobs/ordered' and state = 'failed'`),
    );
    await keep.pauseJob(ordered);
    expect(await letters.redrive()).toEqual({ moved: 1 });
    const again = await onDatabase(url, (client) =>
      client.query(
        `select retry_limit - retry_count - 1 as left from scorekeep_jobs.job where name = 'jobs/ordered' and state = 'retry'`,
      ),
    );
    expect([rows, again.rows]).toEqual([[{ retry_count: 0 }], [{ left: 1 }]]);
    await keep.resumeJob(ordered);
    await expect.poll(() => keep.jobStatus(ordered), { timeout: 60_000 }).toMatchObject({ active: 0, dead: 1 });
    expect(await effects(url)).toEqual([]);
  });
});

test('a dead job of a strict key that is purged lets those that wait for it pass', async () => {
  await withDead(ordered, inOneRoom, async ({ keep, url, letters }) => {
    const { confirm } = await letters.preview();
    expect(await letters.purge({ confirm })).toEqual({ state: 'purged', count: 1 });
    await keep.drain(ordered);
    expect(await effects(url)).toEqual([2, 3]);
  });
});

test('a dead letter that its queue does not take, since another with its key waits, stays in sight until it does', async () => {
  const short = job<Payload>('short', {
    mode: 'claimed',
    policy: 'short',
    key: ({ room }) => room,
    retry: { limit: 0 },
    run: ({ n }, { onSettle }) => {
      if (n < 0) return dead('NEGATIVE');
      onSettle((tx) => tx.query(INSERT, [n]));
    },
  });
  const one = (keep: Keep): Promise<unknown> => keep.enqueue(short, { n: -1, room: 'a' });
  await withDead(short, one, async ({ keep, url, letters, id }) => {
    await letters.fix(id, { n: 1, room: 'a' });
    expect(await keep.enqueue(short, { n: 2, room: 'a' }, { startAfter: 3_600 })).toMatchObject({ state: 'accepted' });
    expect(await letters.redrive()).toEqual({ moved: 0 });
    expect(await letters.list()).toMatchObject([{ id, reason: 'NEGATIVE' }]);
    await onDatabase(url, (client) =>
      client.query(`update scorekeep_jobs.job set start_after = now() where name = 'jobs/short'`),
    );
    await keep.drain(short);
    expect(await letters.redrive()).toEqual({ moved: 1 });
    await keep.drain(short);
    expect(await effects(url)).toEqual([1, 2]);
  });
});

test('a letter that arrives, or is let go of, during a redrive is left to the next one, and its key is not blocked by itself', async () => {
  await withDead(ordered, inOneRoom, async ({ keep, url, letters, id }) => {
    await letters.fix(id, { n: 1, room: 'a' });
    await die(keep, 'b', 4);
    const [, held] = await letters.list();
    await onDatabase(url, async (client) => {
      const lock = 'select from scorekeep_jobs.job where id = any ($1) for update';
      await client.query('begin');
      // The redrive gets as far as the job of the first letter.
      await client.query(lock, [(await letters.list({ limit: 1 })).map(({ jobId }) => jobId)]);
      await client.query(lock, [[held?.id]]);
      const redriven = letters.redrive();
      await expect.poll(() => someoneWaits(url), { timeout: 20_000 }).toBe(true);
      await die(keep, 'c', 6);
      await client.query('rollback');
      expect(await redriven).toEqual({ moved: 1 });
    });
    for (const [n, letter] of [...(await letters.list()).entries()]) {
      await letters.fix(letter.id, { n: 4 + 2 * n, room: 'bc'[n] ?? '' });
    }
    expect(await letters.redrive()).toEqual({ moved: 2 });
    await keep.drain(ordered);
    expect(await effects(url)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});

/** A dead job of a room, and one that waits for it. */
async function die(keep: Keep, room: string, n: number): Promise<void> {
  const { dead } = await keep.jobStatus(ordered);
  for (const one of [-n, n + 1]) await keep.enqueue(ordered, { n: one, room });
  await expect.poll(() => keep.jobStatus(ordered), { timeout: 60_000 }).toMatchObject({ active: 0, dead: dead + 1 });
}

/** Whether somebody waits for a row that is locked. */
const someoneWaits = (url: string): Promise<boolean> =>
  onDatabase(url, async (client) => {
    const { rows } = await client.query(
      `select exists (select from pg_stat_activity where datname = current_database() and wait_event = 'transactionid') as waits`,
    );
    return rows[0].waits;
  });

test('the steps after a dead step of a flow wait until it is redriven, and are done then', async () => {
  const flow = (keep: Keep): Promise<unknown> =>
    keep.flow({
      first: { job: step, payload: { n: -1, room: 'a' } },
      beside: { job: step, payload: { n: 2, room: 'a' } },
      last: { job: step, payload: { n: 3, room: 'a' }, after: ['first', 'beside'] },
    });
  await withDead(step, flow, async ({ keep, url, letters, id }) => {
    await expect.poll(() => effects(url), { timeout: 60_000 }).toEqual([2]);
    await letters.fix(id, { n: 1, room: 'a' });
    expect(await letters.redrive()).toEqual({ moved: 1 });
    await keep.drain(step);
    expect(await effects(url)).toEqual([1, 2, 3]);
  });
});
