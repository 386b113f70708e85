import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { type EnqueueOptions, fromDrizzle, fromKysely, fromPrisma, job, type Keep } from '../index.ts';
import { prismaClient } from '../testing/prisma-client.ts';
import { untilOneWaits } from '../testing/until-one-waits.ts';
import { effects, INSERT, withKeep } from '../testing/with-keep.ts';

const one = job<{ n: number }>('one', { unique: ({ n }) => `${n}`, run: ({ n }, { tx }) => tx.query(INSERT, [n]) });

class ChangedMyMind extends Error {}

/** How a host's library of choice runs a transaction, and what of it `enqueue` takes. */
type Host = (
  pool: pg.Pool,
  url: string,
) => {
  transaction(work: (tx: NonNullable<EnqueueOptions['tx']>) => Promise<void>): Promise<unknown>;
};

const hosts: Record<string, Host> = {
  pg: (pool) => ({
    async transaction(work) {
      const client = await pool.connect();
      try {
        await client.query('begin');
        await work(client);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        throw error;
      } finally {
        client.release();
      }
    },
  }),
  Kysely: (pool) => {
    const db = new Kysely({ dialect: new PostgresDialect({ pool }) });
    return { transaction: (work) => db.transaction().execute((tx) => work(fromKysely(tx))) };
  },
  Drizzle: (pool) => {
    const db = drizzle(pool);
    return { transaction: (work) => db.transaction((tx) => work(fromDrizzle(tx, sql))) };
  },
  Prisma: (_, url) => {
    const prisma = prismaClient(url);
    onTestFinished(() => prisma.$disconnect());
    return { transaction: (work) => prisma.$transaction((tx) => work(fromPrisma(tx))) };
  },
};

test.each(Object.entries(hosts))(
  'a job enqueued in a transaction of %s exists only if that commits',
  async (_, host) => {
    await withKeep(async (keep: Keep, url) => {
      const pool = new pg.Pool({ connectionString: url, max: 2 });
      try {
        const { transaction } = host(pool, url);
        await transaction(async (tx) => {
          expect(await keep.enqueue(one, { n: 1 }, { tx })).toMatchObject({ state: 'accepted' });
          throw new ChangedMyMind();
        }).catch((error: unknown) => expect(error).toBeInstanceOf(ChangedMyMind));
        await transaction(async (tx) => {
          const receipts = await keep.enqueueAll(one, [{ n: 2 }, { n: 3 }, { n: 2 }], { tx });
          expect(receipts.map(({ state }) => state)).toEqual(['accepted', 'accepted', 'duplicate']);
        });
        await transaction(async (tx) => {
          expect(await keep.enqueue(one, { n: 3 }, { tx })).toMatchObject({ state: 'duplicate' });
          const steps = {
            a: { job: one, payload: { n: 4, note: ";\n'" } },
            b: { job: one, payload: { n: 5 }, after: ['a'] },
          };
          expect(await keep.flow(steps, { tx, key: 'f' })).toMatchObject({ state: 'accepted' });
          expect(await keep.flow(steps, { tx, key: 'f' })).toMatchObject({ state: 'duplicate' });
        });
        await keep.start({ jobs: [one] });
        await keep.drain(one);
        expect(await effects(url)).toEqual([2, 3, 4, 5]);
      } finally {
        await pool.end();
      }
    });
  },
);

test('a flow with a job that a policy refuses is not called a duplicate', async () => {
  const short = job<{ n: number }>('short', {
    mode: 'claimed',
    policy: 'short',
    key: () => 'k',
    run: async () => undefined,
  });
  await withKeep(async (keep) => {
    await keep.enqueue(short, { n: 0 });
    const steps = { a: { job: one, payload: { n: 1 } }, b: { job: short, payload: { n: 2 }, after: ['a'] } };
    await expect(keep.flow(steps, { key: 'never seen' })).rejects.toThrow('could not be created');
  });
});

test('a flow of one key that two enqueue at once failed in the second with "one or more jobs could not be created"', async () => {
  await withKeep(async (keep, url) => {
    const pool = new pg.Pool({ connectionString: url, max: 2 });
    const [first, second] = [await pool.connect(), await pool.connect()];
    try {
      const steps = { a: { job: one, payload: { n: 1 } }, b: { job: one, payload: { n: 2 }, after: ['a'] } };
      await first.query('begin');
      await second.query('begin');
      expect(await keep.flow(steps, { tx: first, key: 'f' })).toMatchObject({ state: 'accepted' });
      const late = keep.flow(steps, { tx: second, key: 'f' }).catch((error: unknown) => error);
      await untilOneWaits(first);
      await first.query('commit');
      expect(await late).toMatchObject({ code: 'FLOW_TAKEN', fields: { key: 'f' } });
      await second.query('rollback');
      expect(await keep.flow(steps, { tx: second, key: 'f' })).toMatchObject({ state: 'duplicate' });
      await first.query('begin');
      expect(await keep.flow(steps, { tx: first, key: 'g' })).toMatchObject({ state: 'accepted' });
      const alone = keep.flow(steps, { key: 'g' });
      await untilOneWaits(first);
      await first.query('commit');
      expect(await alone).toMatchObject({ state: 'duplicate' });
    } finally {
      first.release();
      second.release();
      await pool.end();
    }
  });
});
