import { expect, test } from 'vitest';
import { dead, job, retry } from '../index.ts';
import type { Sql } from '../postgres/sql.ts';
import { onDatabase } from '../testing/contest.ts';
import { effects, INSERT, numbers, states, withKeep } from '../testing/with-keep.ts';
import type { Job, JobDefinition } from './job.ts';

type Payload = { n: number };
const quickly = { limit: 1, delay: 0, backoff: false } as const;
/** Of 20, every fifth is bad. */
const GOOD = numbers(20)
  .map(({ n }) => n)
  .filter((n) => n % 5 !== 0);

async function work(
  definition: JobDefinition<Payload>,
  prepare = '',
): Promise<{ done: number[]; left: Record<string, number>; job: Job<Payload> }> {
  const one = job<Payload>('one', { batch: 20, retry: quickly, ...definition });
  let found: { done: number[]; left: Record<string, number> } | undefined;
  await withKeep(async (keep, url) => {
    await onDatabase(url, (client) => client.query(prepare));
    await keep.enqueueAll(one, numbers(20));
    await keep.start({ jobs: [one] });
    await keep.drain(one);
    found = { done: await effects(url), left: await states(url, one.queue) };
  });
  return { done: found?.done ?? [], left: found?.left ?? {}, job: one };
}

test('one that throws is undone alone and charged; its neighbours in the batch commit', async () => {
  const { done, left } = await work({
    run: async ({ n }, { tx }) => {
      await tx.query(INSERT, [n]);
      if (n % 5 === 0) throw new Error('no');
    },
  });
  expect(done).toEqual(GOOD);
  expect(left).toEqual({ completed: 16, failed: 4 });
});

test('one that the database refuses is undone alone, even when the handler swallows the error', async () => {
  const { done, left } = await work({
    run: async ({ n }, { tx }) => {
      await tx.query(INSERT, [n]);
      if (n % 5 === 0) await tx.query('select 1 / ($1::int - $1::int)', [n]).catch(() => undefined);
    },
  });
  expect(done).toEqual(GOOD);
  expect(left).toEqual({ completed: 16, failed: 4 });
});

test('one that violates a constraint which is checked at the commit only is found all the same', async () => {
  const { done, left } = await work(
    { run: ({ n }, { tx }) => tx.query(INSERT, [n]) },
    `create table good (n int primary key); insert into good select n from generate_series(1, 20) n where n % 5 <> 0;
     alter table effect add foreign key (n) references good deferrable initially deferred`,
  );
  expect(done).toEqual(GOOD);
  expect(left).toEqual({ completed: 16, failed: 4 });
});

test('one that answers dead or retry is undone, whatever it wrote; dead is not tried again', async () => {
  const tries = new Map<number, number>();
  const { done, left } = await work({
    run: async ({ n }, { tx, attempt }) => {
      tries.set(n, Math.max(tries.get(n) ?? 0, attempt));
      await tx.query(INSERT, [n]);
      return n % 10 === 0 ? dead('unwanted') : n % 5 === 0 ? retry('not-yet') : 'anything';
    },
  });
  expect(done).toEqual(GOOD);
  expect(left).toEqual({ completed: 16, failed: 4 });
  expect([tries.get(5), tries.get(10)]).toEqual([1, 0]);
});

test('one that answers dead before its statement was sent, right after another was undone, leaves nothing to its neighbours', async () => {
  const order: number[] = [];
  const { done, left } = await work({
    run: async ({ n }, { tx }) => {
      order.push(n);
      const sent = tx.query(INSERT, [n]);
      sent.catch(() => undefined);
      if (n === order[1]) return dead('unwanted');
      await sent;
      if (n === order[0]) throw new Error('no');
    },
  });
  const bad = order.slice(0, 2);
  const others = numbers(20).map(({ n }) => n);
  expect(done).toEqual(others.filter((n) => !bad.includes(n)));
  expect(left).toEqual({ completed: 18, failed: 2 });
});

test('a batch that is worked as a set is halved until the culprit is alone', async () => {
  const sizes: number[] = [];
  const { done, left } = await work({
    runBatch: async (payloads, { tx }) => {
      sizes.push(payloads.length);
      await tx.query('insert into effect (n) select x + 0 * (1 / (x % 5)) from unnest($1::int[]) x', [
        payloads.map(({ n }) => n),
      ]);
    },
  });
  expect(done).toEqual(GOOD);
  expect(left).toEqual({ completed: 16, failed: 4 });
  expect(sizes[0]).toBe(20);
});

test('a batch that is worked as a set may answer for each of its jobs', async () => {
  const { done, left } = await work({
    runBatch: async (payloads, { tx }) => {
      await tx.query('insert into effect (n) select x from unnest($1::int[]) x', [payloads.map(({ n }) => n)]);
      return payloads.map(({ n }) => (n % 5 === 0 ? dead('unwanted') : undefined));
    },
  });
  expect(done).toEqual(GOOD);
  expect(left).toEqual({ completed: 16, failed: 4 });
});

test('a handler that ends the transaction, or uses it after it has answered, harms nobody', async () => {
  const used: Sql[] = [];
  const { done, left } = await work({
    run: async ({ n }, { tx }) => {
      used.push(tx);
      await tx.query(INSERT, [n]);
      if (n % 5 === 0) await tx.query(n % 2 === 0 ? 'commit' : '  ROLLBACK AND CHAIN');
    },
  });
  expect(done).toEqual(GOOD);
  expect(left).toEqual({ completed: 16, failed: 4 });
  const late = await Promise.allSettled(used.map((tx) => tx.query(INSERT, [99])));
  expect(late.every((one) => one.status === 'rejected' && one.reason.code === 'HANDLER_OVER')).toBe(true);
});

test('a handler that goes back to a savepoint of its own has not failed', async () => {
  const { done, left } = await work({
    run: async ({ n }, { tx }) => {
      await tx.query('savepoint mine');
      await tx.query('select 1 / ($1::int % 5)', [n]).catch(() => tx.query('rollback to savepoint mine'));
      await tx.query(INSERT, [n]);
    },
  });
  expect(done).toHaveLength(20);
  expect(left).toEqual({ completed: 20 });
});

test('an error of the handler that follows on a fault of the infrastructure it coped with is its own, and charged', async () => {
  const { done, left } = await work({
    run: async ({ n }, { tx }) => {
      await tx.query(INSERT, [n]);
      await tx.query('savepoint mine');
      // 55P03: what a lock time-out says.
      await tx
        .query(`do $$ begin raise exception 'busy' using errcode = '55P03'; end $$`)
        .catch(() => tx.query('rollback to savepoint mine'));
      if (n % 5 === 0) throw new Error('no');
    },
  });
  expect(done).toEqual(GOOD);
  expect(left).toEqual({ completed: 16, failed: 4 });
});
