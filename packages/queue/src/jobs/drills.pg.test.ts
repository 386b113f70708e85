import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import { onDatabase } from '../testing/contest.ts';
import { type DrillPayload, drillJobs } from '../testing/drill-jobs.ts';
import { NONE, runDrill, type Subject, startProxy, type Violations, violations } from '../testing/index.ts';
import { end, startWorker, supervise } from '../testing/processes.ts';
import { createEffects } from '../testing/with-keep.ts';

/** The quick drills. Each ends with the same question: what does not hold? */
type Name = keyof typeof drillJobs;

interface Drill {
  readonly url: string;
  readonly keep: Keep;
  /** Enqueues jobs of a name; answers the ids. */
  enqueue(name: Name, payloads: readonly DrillPayload[]): Promise<string[]>;
  start(names: readonly Name[], environment?: Record<string, string>): Promise<ChildProcess>;
  /** Waits until nothing is left of a name. */
  rest(name: Name): Promise<void>;
  judge(name: Name, subject: Partial<Subject>): Promise<Violations>;
}

async function drill(work: (given: Drill) => Promise<void>): Promise<void> {
  const { url } = await testDatabase();
  await createEffects(url);
  const keep = await connect({ url, poolSize: 4 });
  const children = new Set<ChildProcess>();
  const accepted: Partial<Record<Name, string[]>> = {};
  try {
    await work({
      url,
      keep,
      async enqueue(name, payloads) {
        const receipts = await keep.enqueueAll(drillJobs[name], payloads);
        const ids = receipts.map((receipt) => (receipt.state === 'accepted' ? receipt.id : ''));
        accepted[name] = [...(accepted[name] ?? []), ...ids];
        return ids;
      },
      async start(names, environment = {}) {
        const child = await startWorker(
          { DRILL_URL: url, DRILL_JOBS: names.join(','), ...environment },
          'job-worker.ts',
        );
        children.add(child);
        return child;
      },
      async rest(name) {
        await expect
          .poll(() => keep.jobStatus(drillJobs[name]), { timeout: 90_000, interval: 100 })
          .toMatchObject({ waiting: 0, delayed: 0, active: 0 });
      },
      judge: (name, subject) =>
        onDatabase(url, (client) =>
          violations(client, {
            job: drillJobs[name],
            accepted: accepted[name] ?? [],
            effects: `select key from effect where key in (select id::text from stored)`,
            ...subject,
          }),
        ),
    });
  } finally {
    await Promise.all([...children].map((child) => end(child, 'SIGKILL')));
    await keep.stop();
  }
}

const some = (count: number, payload: Partial<DrillPayload> = {}): DrillPayload[] =>
  Array.from({ length: count }, (_, n) => ({ n, ...payload }));

describe('a worker killed with SIGKILL', () => {
  test.each([
    ['single', 'job.started#3', 0],
    ['single', 'job.written#2', 0],
    ['batch', 'job.started#7', 0],
    ['batch', 'job.written#2', 0],
    ['set', 'job.started#2', 0],
    ['claimed', 'job.claimed#2', 1],
    ['claimed', 'job.written#2', 1],
  ] as const)('while it works %s, at %s, loses nothing and doubles nothing', async (name, at, charged) => {
    await drill(async ({ enqueue, start, rest, judge }) => {
      const victim = await start([name], { DRILL_KILL_AT: at });
      const killed = once(victim, 'exit');
      await enqueue(name, some(100));
      expect((await killed)[1]).toBe('SIGKILL');
      await start([name]);
      await rest(name);
      expect(await judge(name, { charged })).toEqual(NONE);
    });
  });

  test('again and again, at random, while three of them work', async () => {
    await drill(async ({ url, enqueue, rest, judge }) => {
      const seed = Math.floor(Math.random() * 2 ** 31);
      console.info(`drill seed ${seed}`);
      const names = ['single', 'batch', 'claimed'] as const;
      for (const name of names) await enqueue(name, some(150, { ms: 5 }));
      await runDrill({
        url,
        seed,
        rounds: 6,
        faults: ['kill'],
        startWorker: () => startWorker({ DRILL_URL: url, DRILL_JOBS: names.join(',') }, 'job-worker.ts'),
        settled: async () => {
          for (const name of names) await rest(name);
        },
      });
      for (const name of names) {
        expect({ seed, ...(await judge(name, { charged: name === 'claimed' ? 6 : 0 })) }).toEqual({ seed, ...NONE });
      }
    });
  });
});

describe('a poisoned job ends up dead, alone, and its neighbours are done', () => {
  test.each(['throws', 'violates'] as const)('when it %s', async (poison) => {
    await drill(async ({ enqueue, start, rest, judge }) => {
      await enqueue('batch', some(30));
      const [culprit = ''] = await enqueue('batch', [{ n: 99, poison }]);
      await enqueue('batch', some(30));
      await start(['batch']);
      await rest('batch');
      expect(await judge('batch', { poisoned: [culprit] })).toEqual(NONE);
    });
  });

  test('when it ends its process', async () => {
    await drill(async ({ url, enqueue, rest, judge }) => {
      await enqueue('brittle', some(10));
      const [culprit = ''] = await enqueue('brittle', [{ n: 99, poison: 'exits' }]);
      await enqueue('brittle', some(10));
      const supervised = supervise(() => startWorker({ DRILL_URL: url, DRILL_JOBS: 'brittle' }, 'job-worker.ts'));
      try {
        await rest('brittle');
        expect(await judge('brittle', { poisoned: [culprit] })).toEqual(NONE);
      } finally {
        await supervised.stop();
      }
    });
  });
});

describe('a job that never ends', () => {
  test.each(['hangs', 'blocks'] as const)(
    'since it %s, ends up dead, alone, and its neighbours are done',
    async (poison) => {
      await drill(async ({ url, enqueue, rest, judge }) => {
        await enqueue('brittle', some(10));
        const [culprit = ''] = await enqueue('brittle', [{ n: 99, poison }]);
        await enqueue('brittle', some(10));
        // A process whose event loop is blocked works nothing else; it is for the host to notice, and here for nobody.
        const one = (): Promise<ChildProcess> =>
          startWorker({ DRILL_URL: url, DRILL_JOBS: 'brittle' }, 'job-worker.ts');
        const workers = await Promise.all([one(), one(), one()]);
        try {
          await rest('brittle');
          expect(await judge('brittle', { poisoned: [culprit] })).toEqual(NONE);
        } finally {
          await Promise.all(workers.map((worker) => end(worker, 'SIGKILL')));
        }
      });
    },
  );
});

test.each([
  ['single', 0],
  ['claimed', 1],
] as const)(
  'a worker that was stopped while it had %s jobs in hand, until others had them, can commit nothing when it goes on',
  async (name, charged) => {
    await drill(async ({ url, enqueue, start, rest, judge }) => {
      await enqueue(name, some(3, { ms: 700 }));
      const zombie = await start([name]);
      await inHand(url);
      zombie.kill('SIGSTOP');
      await start([name]);
      await rest(name);
      zombie.kill('SIGCONT');
      await enqueue(name, some(20));
      await rest(name);
      expect(await judge(name, { charged })).toEqual(NONE);
      expect(await end(zombie, 'SIGTERM')).toBe(0);
    });
  },
);

test.each([
  ['the control connection', 'scorekeep-control', 1],
  ['the connections for the work', 'scorekeep', 0],
])(
  '%s, ended by the server at any moment, costs no job and no try of a transactional one',
  async (_, application, charged) => {
    await drill(async ({ url, enqueue, start, rest, judge }) => {
      const names = ['single', 'batch', 'claimed'] as const;
      const worker = await start(names);
      for (const name of names) await enqueue(name, some(60, { ms: 10 }));
      for (let i = 0; i < 5; i++) {
        await inHand(url);
        await onDatabase(url, (client) =>
          client.query(
            'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = $1',
            [application],
          ),
        ).catch(() => undefined);
      }
      for (const name of names) {
        await rest(name);
        expect(await judge(name, { charged: name === 'claimed' ? 5 * charged : 0 })).toEqual(NONE);
      }
      expect(await end(worker, 'SIGTERM')).toBe(0);
    });
  },
);

test('a network that resets, delays and swallows costs no job and no try', async () => {
  await drill(async ({ url, enqueue, start, rest, judge }) => {
    const proxy = await startProxy(url);
    try {
      const through = await start(['single', 'batch'], { DRILL_URL: proxy.url });
      for (const name of ['single', 'batch'] as const) await enqueue(name, some(100, { ms: 5 }));
      await inHand(url);
      proxy.reset();
      await inHand(url);
      proxy.delay(30);
      await inHand(url);
      proxy.hold();
      // Nobody tells the server that its client is gone: the silence does.
      await start(['single', 'batch']);
      for (const name of ['single', 'batch'] as const) {
        await rest(name);
        expect(await judge(name, {})).toEqual(NONE);
      }
      proxy.release();
      await end(through, 'SIGKILL');
    } finally {
      await proxy.close();
    }
  });
});

test('a lock that is held too long, and a database that is read-only after a failover, cost no job and no try', async () => {
  await drill(async ({ url, enqueue, start, rest, judge, keep }) => {
    const database = new URL(url).pathname.slice(1);
    await onDatabase(url, (client) => client.query(`alter database ${database} set lock_timeout = '100ms'`));
    await start(['batch']);
    await onDatabase(url, async (client) => {
      await client.query('begin; lock table effect in access exclusive mode');
      await enqueue('batch', some(60));
      await expect.poll(() => interrupted(client)).toBe(true);
      await client.query('rollback');
    });
    await rest('batch');
    await onDatabase(url, (client) =>
      client.query(`alter database ${database} set default_transaction_read_only = on`),
    );
    await enqueue('batch', some(60));
    await onDatabase(url, (client) =>
      client.query(`begin read write; alter database ${database} reset default_transaction_read_only; commit;
        select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'scorekeep'`),
    );
    await rest('batch');
    expect(await judge('batch', {})).toEqual(NONE);
    expect(await keep.jobStatus(drillJobs.batch)).toMatchObject({ dead: 0 });
  });
});

describe('a worker told to stop', () => {
  test('by SIGTERM ends what it has in hand, charges nothing, and exits with 0', async () => {
    await drill(async ({ url, enqueue, start, rest, judge }) => {
      const names = ['single', 'batch', 'claimed'] as const;
      for (const name of names) await enqueue(name, some(40, { ms: 10 }));
      const first = await start(names);
      await inHand(url);
      expect(await end(first, 'SIGTERM')).toBe(0);
      await start(names);
      for (const name of names) {
        await rest(name);
        expect(await judge(name, {})).toEqual(NONE);
      }
    });
  });

  test('by a second signal lets go of what it has in hand, which goes back uncharged', async () => {
    await drill(async ({ url, enqueue, start, rest, judge }) => {
      for (const name of ['single', 'claimed'] as const) await enqueue(name, [{ n: 1, ms: 2_500 }]);
      const first = await start(['single', 'claimed']);
      await inHand(url);
      first.kill('SIGTERM');
      expect(await end(first, 'SIGTERM')).toBe(0);
      await start(['single', 'claimed']);
      for (const name of ['single', 'claimed'] as const) await rest(name);
      expect(await judge('single', {})).toEqual(NONE);
      // pg-boss counts the begin; in return there is one more try to have.
      expect(await judge('claimed', { charged: 1 })).toEqual(NONE);
    });
  });
});

/** Resolves while some worker has something in hand. */
const inHand = (url: string): Promise<void> =>
  onDatabase(url, async (client) => {
    await expect
      .poll(
        async () => {
          const { rows } = await client.query(
            `select exists (select from scorekeep.job_intent where jobs <> '{}') or exists (select from scorekeep.job_claim) as busy`,
          );
          return rows[0].busy;
        },
        { interval: 5, timeout: 20_000 },
      )
      .toBe(true);
  });

/** Whether a transaction on the table of effects was rolled back: its lock was not to be had. */
async function interrupted(client: {
  query(text: string): Promise<{ rows: Record<string, unknown>[] }>;
}): Promise<boolean> {
  const { rows } = await client.query(
    `select exists (select from pg_locks where relation = 'effect'::regclass and not granted) as waits`,
  );
  return rows[0]?.['waits'] === true;
}
