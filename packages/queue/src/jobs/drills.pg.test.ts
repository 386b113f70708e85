import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createAdmin } from '../admin/index.ts';
import { connect } from '../connect.ts';
import { onDatabase } from '../testing/contest.ts';
import { drillJobs } from '../testing/drill-jobs.ts';
import { NONE, runDrill, startProxy, type Violations, violations } from '../testing/index.ts';
import { drill, EFFECTS, inHand, some } from '../testing/job-drill.ts';
import { end, startWorker, supervise } from '../testing/processes.ts';

describe('a worker killed with SIGKILL', () => {
  test.each([
    ['single', 'job.started#3', 0],
    ['single', 'job.written#2', 0],
    ['batch', 'job.started#7', 0],
    ['batch', 'job.written#2', 0],
    ['set', 'job.started#2', 0],
    ['claimed', 'job.claimed#2', 1],
    ['claimed', 'job.written#2', 1],
    ['fleeting', 'job.started#7', 0],
    ['fleeting', 'job.written#2', 0],
    ['fleeting-claimed', 'job.written#2', 1],
    ['ordered', 'job.claimed#3', 1],
    ['ordered', 'job.written#4', 1],
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
      // Another one each time; `DRILL_SEED` repeats one.
      const seed = Number(process.env['DRILL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
      console.info(`drill seed ${seed}`);
      const names = ['single', 'batch', 'claimed', 'ordered'] as const;
      for (const name of names) await enqueue(name, some(150, { ms: 5 }));
      const { usage } = await runDrill({
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
        const charged = name === 'claimed' || name === 'ordered' ? 6 : 0;
        expect({ seed, ...(await judge(name, { charged, usage })) }).toEqual({ seed, ...NONE });
      }
    });
  });
});

test('a drill one of whose workers does not start leaves neither the others nor a connection behind', async () => {
  await drill(async ({ url, start }) => {
    const started: ChildProcess[] = [];
    const starts = [() => start(['single']), () => Promise.reject(new Error('no worker'))];
    const failed = runDrill({
      url,
      seed: 1,
      workers: 2,
      faults: ['kill'],
      async startWorker() {
        const child = await (starts.shift() as () => Promise<ChildProcess>)();
        started.push(child);
        return child;
      },
      settled: async () => undefined,
    });
    await expect(failed).rejects.toThrow('no worker');
    expect(started.map(({ signalCode }) => signalCode)).toEqual(['SIGKILL']);
    await onDatabase(url, (client) =>
      expect.poll(async () => (await client.query(UNNAMED)).rows, { timeout: 20_000 }).toEqual([]),
    );
  });
});

/** Connections to this database of whoever did not say who he is, but for the one that asks. */
const UNNAMED = `select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and application_name = '' and pid <> pg_backend_pid()`;

test('a drill does not wait for a worker that is not there to settle what a killed one had in hand', async () => {
  await drill(async ({ url, enqueue, start }) => {
    await enqueue('single', some(10, { ms: 2_000 }));
    const startWorker = async (): Promise<ChildProcess> => {
      const child = await start(['single']);
      await inHand(url);
      return child;
    };
    const alone = runDrill({ url, seed: 1, workers: 1, faults: ['kill'], startWorker, settled: async () => undefined });
    await expect(alone).rejects.toThrow('no worker is left');
  });
});

test('the judge of a drill finds whatever is planted', async () => {
  await drill(async ({ url, enqueue, start, rest }) => {
    await start(['single', 'fleeting']);
    const accepted = await enqueue('single', some(10));
    await rest('single');
    const [, , , third = ''] = accepted;
    const subject = { job: drillJobs.single, accepted, effects: 'select key, n as amount from effect', sum: 45 };
    const planted: readonly (readonly [string, Partial<Violations>])[] = [
      ['delete from scorekeep_jobs.job where id::text = $1', { lost: 1, unfounded: 1 }],
      ['insert into effect (n, key) select n, key from effect where key = $1', { notOnce: 1, miscounted: 3 }],
      ['delete from effect where key = $1', { notOnce: 1, miscounted: -3 }],
      ['update scorekeep_jobs.job set retry_count = 1 where id::text = $1', { overcharged: 1 }],
      [`update scorekeep_jobs.job set state = 'active' where id::text = $1`, { orphaned: 1, unfounded: 1 }],
      [`insert into scorekeep_jobs.job (name, source_id) values ('dead/jobs/single', $1::uuid)`, { misjudged: 1 }],
    ];
    await onDatabase(url, async (client) => {
      expect(await violations(client, subject)).toEqual(NONE);
      for (const [statement, found] of planted) {
        await client.query('begin');
        await client.query(statement, [third]);
        expect([statement, await violations(client, subject)]).toEqual([statement, { ...NONE, ...found }]);
        await client.query('rollback');
      }
    });
    const gone = await enqueue('fleeting', some(10));
    await rest('fleeting');
    const unkept = { job: drillJobs.fleeting, accepted: gone, effects: EFFECTS, sum: 45 };
    const redriven = `insert into scorekeep_jobs.job (name, id, state, source_root_id)
      values ('jobs/fleeting', $1::uuid, 'failed', null), ('jobs/fleeting', gen_random_uuid(), 'created', $1::uuid)`;
    const waits = `insert into scorekeep_jobs.job (name, id) values ('jobs/fleeting', $1::uuid)`;
    await onDatabase(url, async (client) => {
      expect(await violations(client, unkept)).toEqual(NONE);
      for (const [statement, found] of [
        ['insert into effect (n, key) select n, key from effect where key = $1', { notOnce: 1, miscounted: 3 }],
        ['delete from effect where key = $1', { lost: 1, miscounted: -3 }],
        [waits, { unfounded: 1 }],
        [redriven, { unfounded: 1 }],
      ] as const) {
        await client.query('begin');
        await client.query(statement, [gone[3]]);
        expect([statement, await violations(client, unkept)]).toEqual([statement, { ...NONE, ...found }]);
        await client.query('rollback');
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

test('a job that is enqueued three times, by two processes at once, and whose worker dies at its commit, is done once', async () => {
  await drill(async ({ url, keep, start, rest, judge }) => {
    const other = await connect({ url, poolSize: 4 });
    const victim = await start(['batch'], { DRILL_KILL_AT: 'job.written#2' });
    const killed = once(victim, 'exit');
    const numbers = Array.from({ length: 40 }, (_, n) => n);
    const receipts = await Promise.all(
      numbers.flatMap((n) =>
        [keep, other, keep].map((one) => one.enqueue(drillJobs.batch, { n }, { key: `event ${n}` })),
      ),
    );
    const accepted = receipts.flatMap((receipt) => (receipt.state === 'accepted' ? [receipt.id] : []));
    expect(new Set(accepted).size).toBe(40);
    expect(accepted).toHaveLength(40);
    expect((await killed)[1]).toBe('SIGKILL');
    await start(['batch']);
    await rest('batch');
    expect(await judge('batch', { accepted, sum: 780 })).toEqual(NONE);
    await other.stop();
  });
});

test('dead letters that are redriven twice at once, by a worker that dies, are done once, under the keys of the first jobs', async () => {
  await drill(async ({ keep, enqueue, start, rest, judge }) => {
    await start(['batch']);
    await enqueue('batch', some(10));
    await enqueue('batch', some(6, { poison: 'throws' }));
    await rest('batch');
    const letters = createAdmin(keep, { authorize: () => true }).deadLetters(drillJobs.batch, 'ann');
    const dead = await letters.list();
    expect(dead).toHaveLength(6);
    for (const [n, { id }] of dead.entries()) await letters.fix(id, { n });
    const victim = await start(['batch'], { DRILL_KILL_AT: 'job.written#1' });
    const moved = await Promise.all([letters.redrive(), letters.redrive()]);
    expect(moved.reduce((sum, one) => sum + one.moved, 0)).toBe(6);
    await rest('batch');
    await end(victim, 'SIGKILL');
    // The tries of those that died, and no others.
    expect(await judge('batch', { charged: 2 })).toEqual(NONE);
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
