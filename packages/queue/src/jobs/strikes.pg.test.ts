import { expect, test } from 'vitest';
import { job } from '../index.ts';
import { onDatabase } from '../testing/contest.ts';
import { effects, INSERT, numbers, withKeep } from '../testing/with-keep.ts';

type Payload = { n: number };
/** The first of five jobs never ends well. */
const BAD = 1;
const OTHERS = [2, 3, 4, 5];

/** What is left of the bad one. */
const bad = (url: string): Promise<unknown> =>
  onDatabase(url, async (client) => {
    const { rows } = await client.query(
      `select state, retry_count, output ->> 'code' as code from scorekeep_jobs.job where name = 'jobs/one' and (data -> 'payload' -> 'n')::int = ${BAD}`,
    );
    return rows[0];
  });

test('a job whose own statement takes too long each time is charged and dead in the end, and holds up no other meanwhile', async () => {
  await withKeep(async (keep, url) => {
    const one = job<Payload>('one', {
      deadline: 1,
      retry: { limit: 0 },
      run: async ({ n }, { tx }) => {
        await tx.query(INSERT, [n]);
        if (n === BAD) await tx.query('select pg_sleep(600)');
      },
    });
    await keep.enqueueAll(one, numbers(5));
    await keep.start({ jobs: [one] });
    await expect.poll(() => effects(url), { timeout: 60_000 }).toEqual(OTHERS);
    expect(await bad(url)).toMatchObject({ state: 'created' });
    await keep.drain(one);
    expect(await bad(url)).toEqual({ state: 'failed', retry_count: 0, code: 'TOO_MUCH' });
    expect(await effects(url)).toEqual(OTHERS);
  });
});

test.each([1, 5])(
  'a job that never gets its lock is not charged, and holds up no other, in batches of %s',
  async (batch) => {
    await withKeep(async (keep, url) => {
      await onDatabase(url, (client) => client.query('create table hot (n int); insert into hot values (1)'));
      const one = job<Payload>('one', {
        batch,
        retry: { limit: 0 },
        run: async ({ n }, { tx }) => {
          await tx.query(INSERT, [n]);
          if (n === BAD) await tx.query('select from hot for update nowait');
        },
      });
      await onDatabase(url, async (client) => {
        await client.query('begin; select from hot for update');
        await keep.enqueueAll(one, numbers(5));
        await keep.start({ jobs: [one] });
        await expect.poll(() => effects(url), { timeout: 60_000 }).toEqual(OTHERS);
        expect(await bad(url)).toEqual({ state: 'created', retry_count: 0, code: null });
        await client.query('rollback');
      });
      await keep.drain(one);
      expect(await effects(url)).toEqual([BAD, ...OTHERS]);
    });
  },
);

test('a job that cannot be settled after what it did is found in its batch, charged and dead in the end, and its neighbours are done', async () => {
  await withKeep(async (keep, url) => {
    const one = job<Payload>('one', {
      batch: 5,
      retry: { limit: 0 },
      run: async ({ n }, { id, tx }) => {
        await tx.query(INSERT, [n]);
        if (n === BAD) await tx.query('delete from scorekeep_jobs.job where id = $1', [id]);
      },
    });
    await keep.enqueueAll(one, numbers(5));
    await keep.start({ jobs: [one] });
    await keep.drain(one);
    expect(await effects(url)).toEqual(OTHERS);
    expect(await bad(url)).toEqual({ state: 'failed', retry_count: 0, code: 'Error' });
  });
});

test('a job that ends its own connection each time is not charged, and holds up no other', async () => {
  await withKeep(async (keep, url) => {
    const one = job<Payload>('one', {
      retry: { limit: 0 },
      run: async ({ n }, { tx }) => {
        await tx.query(INSERT, [n]);
        if (n === BAD) await tx.query('select pg_terminate_backend(pg_backend_pid())');
      },
    });
    await keep.enqueueAll(one, numbers(5));
    await keep.start({ jobs: [one] });
    await expect.poll(() => effects(url), { timeout: 60_000 }).toEqual(OTHERS);
    expect(await bad(url)).toEqual({ state: 'created', retry_count: 0, code: null });
  });
});
