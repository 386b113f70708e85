import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { propagation } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import type { Facts } from '../facts.ts';
import { dead, job } from '../index.ts';
import { onDatabase } from '../testing/contest.ts';
import { withKeep } from '../testing/with-keep.ts';

type JobFact = Extract<keyof Facts, `job.${string}`>;
const names: readonly JobFact[] = [
  'job.served',
  'job.enqueued',
  'job.claimed',
  'job.started',
  'job.written',
  'job.settled',
  'job.interrupted',
  'job.crashed',
  'job.reaped',
];

/** All facts about jobs while `work` runs. */
async function listening(
  on: (name: JobFact, fact: Record<string, unknown>) => void,
  work: () => Promise<void>,
): Promise<void> {
  const listeners = names.map((name) => [`scorekeep.${name}`, (fact: unknown) => on(name, fact as never)] as const);
  for (const [channel, listener] of listeners) subscribe(channel, listener);
  try {
    await work();
  } finally {
    for (const [channel, listener] of listeners) unsubscribe(channel, listener);
  }
}

test.each(['transactional', 'claimed'] as const)(
  'facts tell the life of a %s job in ids, counts and durations, never its payload',
  async (mode) => {
    await withKeep(async (keep) => {
      const told: [JobFact, Record<string, unknown>][] = [];
      const secret = 'hunter2';
      const around = new AsyncLocalStorage<string>();
      const inside: (string | undefined)[] = [];
      const one = job<{ n: number; secret: string }>('one', {
        mode,
        run: ({ n }) => {
          inside.push(around.getStore());
          return n === 2 ? dead('UNWANTED') : undefined;
        },
      });
      await listening(
        (name, fact) => {
          told.push([name, { ...fact }]);
          if (name === 'job.started') {
            Object.assign(fact, { within: (work: () => Promise<unknown>) => around.run('around', work) });
          }
        },
        async () => {
          await keep.enqueueAll(one, [
            { n: 1, secret },
            { n: 2, secret },
            { n: 3n as never, secret },
          ]);
          await keep.start({ jobs: [one] });
          await keep.drain(one);
          await expect.poll(() => told.filter(([name]) => name === 'job.settled')).toHaveLength(2);
        },
      );
      expect(told[0]).toEqual([
        'job.enqueued',
        { queue: 'jobs/one', accepted: 2, duplicate: 0, refused: 0, rejected: 1 },
      ]);
      const settled = told.filter(([name]) => name === 'job.settled').map(([, fact]) => fact);
      expect(settled.map(({ outcome, code }) => [outcome, code]).toSorted()).toEqual([
        ['dead', 'UNWANTED'],
        ['ok', null],
      ]);
      for (const fact of settled) {
        expect(fact).toMatchObject({ queue: 'jobs/one', job: expect.any(String), attempt: 0 });
        expect([fact['waitMs'], fact['processMs']].every((ms) => typeof ms === 'number' && ms >= 0)).toBe(true);
        expect(fact['ageMs']).toBeGreaterThanOrEqual(Number(fact['waitMs']) + Number(fact['processMs']));
      }
      expect(told.filter(([name]) => name === 'job.served')).toEqual([
        ['job.served', { schema: 'scorekeep', queue: 'jobs/one', slots: 1 }],
      ]);
      expect(told.filter(([name]) => name === 'job.claimed')).toHaveLength(mode === 'claimed' ? 2 : 0);
      expect(inside.every((store) => store === 'around')).toBe(true);
      expect(JSON.stringify(told)).not.toContain(secret);
    });
  },
);

test('a job carries the trace in which it was enqueued to where it is worked', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const observed = (fact: unknown): void => {
    (fact as Facts['connection.opening']).openTelemetry = { propagateContext: true };
  };
  subscribe('scorekeep.connection.opening', observed);
  propagation.setGlobalPropagator({
    inject: (_, carrier, setter) => setter.set(carrier, 'traceparent', traceparent),
    extract: (context) => context,
    fields: () => ['traceparent'],
  });
  try {
    await withKeep(async (keep) => {
      const carried: unknown[] = [];
      const single = job('single', { run: () => undefined });
      const set = job('set', { runBatch: () => undefined });
      const claimed = job('claimed', { mode: 'claimed', run: () => undefined });
      await listening(
        (name, fact) => {
          if (name === 'job.started') carried.push(fact['traceContexts']);
        },
        async () => {
          for (const one of [single, set, claimed]) await keep.enqueue(one, {});
          await keep.start({ jobs: [single, set, claimed] });
          for (const one of [single, set, claimed]) await keep.drain(one);
        },
      );
      expect(carried).toEqual([[{ traceparent }], [{ traceparent }], [{ traceparent }]]);
    });
  } finally {
    unsubscribe('scorekeep.connection.opening', observed);
    propagation.disable();
  }
});

test('an idle worker is never taken for one that hangs, and its end for a crash', async () => {
  await withKeep(async (keep, url) => {
    const told: JobFact[] = [];
    const one = job('one', { deadline: 1, run: () => undefined });
    await listening(
      (name) => told.push(name),
      async () => {
        await keep.start({ jobs: [one] });
        await keep.enqueue(one, {});
        await keep.drain(one);
        const inHand = (): Promise<unknown> =>
          onDatabase(url, async (client) => (await client.query(`select jobs from scorekeep.job_intent`)).rows);
        await expect.poll(inHand).toEqual([{ jobs: [] }]);
        await keep.stop();
      },
    );
    expect(told).not.toContain('job.crashed');
    const { rows } = await onDatabase(url, (client) =>
      client.query(`select (select count(*)::int from scorekeep.job_worker) as workers, (select count(*)::int from scorekeep.job_intent) as intents,
        (select count(*)::int from scorekeep.job_suspect) as suspects`),
    );
    expect(rows).toEqual([{ workers: 0, intents: 0, suspects: 0 }]);
  });
});
