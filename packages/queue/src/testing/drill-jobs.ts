import { setTimeout as wait } from 'node:timers/promises';
import { type Job, type JobContext, job } from '../jobs/job.ts';
import type { Sql } from '../postgres/sql.ts';

/** A job of a drill: an effect, after a while, or the end of its process. */
export interface DrillPayload {
  readonly n: number;
  readonly ms?: number;
  readonly poison?: 'throws' | 'violates' | 'exits' | 'blocks' | 'hangs';
}

/** For so long the first job of this process blocks its event loop: a process that stalls, with jobs that are not to blame. */
let stallMs = Number(process.env['DRILL_STALL_MS'] ?? 0);

/** Poison is to be found out in seconds, not minutes. */
const quickly = { limit: 2, delay: 0, backoff: false } as const;

/** The handlers that drills are made of: one job in a transaction, a batch of them, a set, and those that are claimed. */
export const drillJobs = {
  single: job<DrillPayload>('single', {
    retry: quickly,
    deadline: 3,
    run: (payload, context) => perform(payload, context, context.tx),
  }),
  batch: job<DrillPayload>('batch', {
    retry: quickly,
    batch: 20,
    deadline: 3,
    run: (payload, context) => perform(payload, context, context.tx),
  }),
  /** Believes the first crash: a drill that counts them needs a process for each. */
  brittle: job<DrillPayload>('brittle', {
    retry: { ...quickly, crashes: 1 },
    batch: 2,
    deadline: 3,
    run: (payload, context) => perform(payload, context, context.tx),
  }),
  set: job<DrillPayload>('set', {
    retry: quickly,
    batch: 50,
    async runBatch(payloads, { tx, jobs }) {
      await tx.query('insert into effect (n, key) select * from unnest($1::int[], $2::text[])', [
        payloads.map(({ n }) => n),
        jobs.map(({ idempotencyKey }) => idempotencyKey),
      ]);
      await wait(Math.max(...payloads.map(({ ms = 0 }) => ms)));
    },
  }),
  claimed: job<DrillPayload>('claimed', {
    // A worker's death is a try here, and a drill kills many.
    retry: { limit: 20, delay: 0, backoff: false },
    mode: 'claimed',
    deadline: 4,
    run: async (payload, context) => {
      await wait(payload.ms ?? 0, undefined, { signal: context.signal });
      context.onSettle((tx) => perform({ ...payload, ms: 0 }, context, tx));
    },
  }),
  /** Not kept when they are done. */
  fleeting: job<DrillPayload>('fleeting', {
    retry: quickly,
    batch: 20,
    deadline: 3,
    keepSeconds: 0,
    run: (payload, context) => perform(payload, context, context.tx),
  }),
  'fleeting-claimed': job<DrillPayload>('fleeting-claimed', {
    retry: { limit: 20, delay: 0, backoff: false },
    mode: 'claimed',
    deadline: 4,
    keepSeconds: 0,
    run: (payload, context) => {
      context.onSettle((tx) => perform(payload, context, tx));
    },
  }),
  /** In the order in which they were enqueued, each room by itself. */
  ordered: job<DrillPayload>('ordered', {
    retry: { limit: 20, delay: 0, backoff: false },
    mode: 'claimed',
    policy: 'key_strict_fifo',
    key: ({ n }) => `room ${n % 3}`,
    workers: 2,
    deadline: 4,
    run: async (payload, context) => {
      await wait(payload.ms ?? 0, undefined, { signal: context.signal });
      context.onSettle((tx) => perform({ ...payload, ms: 0 }, context, tx));
    },
  }),
  /** Takes two rows of the table `hot`, in an order that makes for deadlocks. */
  contended: job<DrillPayload>('contended', {
    retry: quickly,
    batch: 3,
    workers: 3,
    deadline: 30,
    run: async (payload, context) => {
      for (const id of payload.n % 2 === 0 ? [1, 2] : [2, 1]) {
        await context.tx.query('update hot set count = count + 1 where id = $1', [id]);
        await wait(payload.ms ?? 0);
      }
      await perform({ ...payload, ms: 0 }, context, context.tx);
    },
  }),
} satisfies Record<string, Job<DrillPayload>>;

async function perform({ n, ms = 0, poison }: DrillPayload, { idempotencyKey }: JobContext, tx: Sql): Promise<void> {
  await tx.query('insert into effect (n, key) values ($1, $2)', [n, idempotencyKey]);
  if (ms > 0) await wait(ms);
  const until = performance.now() + stallMs;
  stallMs = 0;
  while (performance.now() < until);
  if (poison === 'throws') throw new Error('poison');
  if (poison === 'violates') await tx.query('insert into effect (n) values (null)');
  if (poison === 'exits') process.exit(7);
  if (poison === 'hangs') await new Promise(() => undefined);
  if (poison === 'blocks') for (;;);
}
