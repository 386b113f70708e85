import { expect, test } from 'vitest';
import { dead, job, retry } from '../index.ts';
import { onDatabase } from '../testing/contest.ts';
import { effects, INSERT, numbers, withKeep } from '../testing/with-keep.ts';
import type { JobDefinition } from './job.ts';

type Payload = { n: number };
/** Of ten jobs in one batch the fourth is bad; it has no second try. */
const BAD = 4;
const OTHERS = numbers(10)
  .map(({ n }) => n)
  .filter((n) => n !== BAD);

/** What ten jobs have done, and the code that the bad one failed with. */
async function work(
  definition: JobDefinition<Payload>,
  prepare = '',
): Promise<{ done: number[]; code: string | null }> {
  const one = job<Payload>('one', { batch: 10, retry: { limit: 0 }, ...definition });
  let found: { done: number[]; code: string | null } = { done: [], code: null };
  await withKeep(async (keep, url) => {
    await onDatabase(url, (client) => client.query(prepare));
    await keep.enqueueAll(one, numbers(10));
    await keep.start({ jobs: [one] });
    await keep.drain(one);
    const { rows } = await onDatabase(url, (client) =>
      client.query(
        `select data -> 'payload' -> 'n' as n, output ->> 'code' as code from scorekeep_jobs.job where name = 'jobs/one' and state = 'failed'`,
      ),
    );
    expect(rows.map(({ n }) => n)).toEqual([BAD]);
    found = { done: await effects(url), code: rows[0].code };
  });
  return found;
}

test('a handler that changes its payload, and runs again since a neighbour failed, gets it as it was', async () => {
  const { done } = await work({
    version: 2,
    upcast: { 1: (payload) => payload },
    run: async (payload, { tx }) => {
      payload.n += 100;
      await tx.query(INSERT, [payload.n]);
      if (payload.n === BAD + 100) throw new Error('no');
    },
  });
  expect(done).toEqual(OTHERS.map((n) => n + 100));
});

test('a statement that a handler did not wait for, and whose error it does not see, fails its job and holds up no other', async () => {
  const { done, code } = await work({
    run: async ({ n }, { tx }) => {
      await tx.query(INSERT, [n]);
      if (n === BAD) tx.query(INSERT, [null]).catch(() => undefined);
    },
  });
  expect(done).toEqual(OTHERS);
  expect(code).toBe('23502');
});

test('what a deferred trigger of the host raises at the commit fails its job and holds up no other', async () => {
  const { done, code } = await work(
    { run: ({ n }, { tx }) => tx.query(INSERT, [n]) },
    `create function refuse() returns trigger language plpgsql as $$ begin if new.n = ${BAD} then raise exception 'no'; end if; return new; end $$;
     create constraint trigger refusing after insert on effect deferrable initially deferred for each row execute function refuse()`,
  );
  expect(done).toEqual(OTHERS);
  expect(code).toBe('P0001');
});

test('a handler with a savepoint named job is undone whole', async () => {
  const { done } = await work({
    run: async ({ n }, { tx }) => {
      await tx.query(INSERT, [n]);
      await tx.query('savepoint job');
      if (n === BAD) throw new Error('no');
    },
  });
  expect(done).toEqual(OTHERS);
});

test.each([
  ['after another statement', 'select 1; commit'],
  ['after a comment', '/* done; */ -- all of it\n commit'],
  ['after a text with a quote', `select 'it''s; $$', E'it\\'s'; end`],
  ['after a text in dollars', 'select $a$ commit; $a$; rollback'],
])('a handler that ends the transaction %s is told so, and nothing is committed', async (_, statement) => {
  const { done, code } = await work({
    run: async ({ n }, { tx }) => {
      await tx.query(INSERT, [n]);
      if (n === BAD) await tx.query(statement);
    },
  });
  expect(done).toEqual(OTHERS);
  expect(code).toBe('HANDLER_ENDS_TRANSACTION');
});

test('a statement that only speaks of the end of a transaction is none', async () => {
  const { done } = await work({
    run: async ({ n }, { tx }) => {
      await tx.query(
        `do $$ begin perform 1; end $$; select case when true then '; commit' end as "; rollback" -- ; end`,
      );
      await tx.query('savepoint mine; rollback to mine');
      await tx.query(INSERT, [n]);
      if (n === BAD) throw new Error('no');
    },
  });
  expect(done).toEqual(OTHERS);
});

test('a set whose answers are promises is done when they are, each job with what its own says', async () => {
  const { done, code } = await work({
    runBatch: (payloads, { tx }) =>
      payloads.map(async ({ n }) => {
        await tx.query(INSERT, [n]);
        return n === BAD ? dead('UNWANTED') : undefined;
      }),
  });
  expect(done).toEqual(OTHERS);
  expect(code).toBe('UNWANTED');
});

test('a set of whose answers one is a promise that breaks is halved until that job is alone', async () => {
  const { done, code } = await work({
    runBatch: (payloads, { tx }) => payloads.map(async ({ n }) => tx.query(INSERT, [n === BAD ? null : n])),
  });
  expect(done).toEqual(OTHERS);
  expect(code).toBe('23502');
});

test('what a set goes on with after one of its jobs has failed is refused: it would commit with another set', async () => {
  const another = Promise.withResolvers<void>();
  const { done } = await work({
    runBatch: (payloads, { tx }) => {
      if (!payloads.some(({ n }) => n === BAD)) another.resolve();
      return Promise.all(
        payloads.map(async ({ n }) => {
          await tx.query(INSERT, [n]);
          if (n === BAD) throw new Error('no');
          await another.promise;
          await tx.query(INSERT, [n + 100]);
        }),
      );
    },
  });
  expect(done).toEqual([...OTHERS, ...OTHERS.map((n) => n + 100)]);
});

test('what a job goes on with after it has failed is refused: it would commit with its neighbours', async () => {
  const neighbour = Promise.withResolvers<void>();
  let failed = false;
  const { done } = await work({
    run: async ({ n }, { tx }) => {
      if (failed) neighbour.resolve();
      if (n === BAD) {
        failed = true;
        const late = neighbour.promise.then(() => tx.query(INSERT, [n]));
        await Promise.all([late, Promise.reject(new Error('no'))]);
      }
      await tx.query(INSERT, [n]);
    },
  });
  expect(done).toEqual(OTHERS);
});

test('a fault of the infrastructure is charged to nobody, though the job before it failed with a statement under way', async () => {
  let failed = false;
  let busy = false;
  const { done } = await work({
    run: async ({ n }, { tx }) => {
      if (failed && !busy) {
        busy = true;
        // 55P03: what a lock time-out says.
        await tx.query(`do $$ begin raise exception 'busy' using errcode = '55P03'; end $$`);
      }
      failed ||= n === BAD;
      await Promise.all([tx.query(INSERT, [n === BAD ? null : n]), tx.query('select 1')]);
    },
  });
  expect(done).toEqual(OTHERS);
  expect(busy).toBe(true);
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['an object without a prototype as code', { code: Object.create(null) }],
  [
    'an error whose code cannot be read',
    {
      get code(): never {
        throw new Error('gotcha');
      },
    },
  ],
])('a job that throws %s is charged, and holds up no other', async (_, thrown) => {
  const { done } = await work({
    run: async ({ n }, { tx }) => {
      await tx.query(INSERT, [n]);
      if (n === BAD) throw thrown;
    },
  });
  expect(done).toEqual(OTHERS);
});

test.each([Number.NaN, -1, 1e300, 1e-7, 'soon' as never])(
  'a job that wants to be tried again after %s seconds is settled like any other',
  async (afterSeconds) => {
    const one = job<Payload>('one', {
      batch: 10,
      retry: { limit: 1 },
      run: async ({ n }, { tx }) => {
        await tx.query(INSERT, [n]);
        if (n === BAD) return retry('LATER', { afterSeconds });
      },
    });
    await withKeep(async (keep, url) => {
      await keep.enqueueAll(one, numbers(10));
      await keep.start({ jobs: [one] });
      await expect.poll(() => effects(url), { timeout: 60_000 }).toEqual(OTHERS);
    });
  },
);
