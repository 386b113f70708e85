/**
 * `npm run bench -- jobs`: the same handler (one row for each job), the same payload, the same number of handlers at a time,
 * on one durable Postgres. Single sends come from 25 senders at once. `RABBITMQ_URL` names a broker, else Debian's is started;
 * BullMQ needs a `redis-server` on the path. A server that is not there is named, and its rows are left out.
 */
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Bench, BenchRow, Spread } from '../../../tooling/measure.ts';
import { spread } from '../../../tooling/measure.ts';
import { startPostgres } from '../src/embedded/index.ts';
import { type Contender, payload, WORKERS } from './jobs/contender.ts';
import { bullmq, graphile, ours, oursAsSet, pgBoss, rabbit } from './jobs/contenders.ts';
import { startRabbit } from './jobs/rabbit.ts';
import { type Redis, startRedis } from './redis.ts';

const SETTINGS = { shared_buffers: '1GB', max_wal_size: '4GB', wal_buffers: '64MB', max_connections: 100, jit: false };
const SENDERS = 25;

const bench: Bench = async ({ quick, progress }) => {
  await using server = await startPostgres({ settings: SETTINGS });
  const { url } = server;
  const effects = new pg.Client(url);
  await effects.connect();
  await effects.query('create table effect (n int not null)');
  const missing: string[] = [];
  const redis: Redis[] = [];
  const contenders: Contender[] = [
    await ours(url, 1, 'deleted'),
    await ours(url, 50, 'deleted'),
    await oursAsSet(url, 50, 'deleted'),
    await ours(url, 50, 'kept'),
    await oursAsSet(url, 50, 'kept'),
    await pgBoss(url, 1),
    await pgBoss(url, 50),
    await graphile(url),
  ];
  for (const sync of ['always', 'everysec'] as const) {
    const one = await startRedis(sync);
    if (one === undefined) missing.push(`redis-server (AOF ${sync})`);
    else {
      redis.push(one);
      contenders.push(await bullmq(url, one));
    }
  }
  const broker = process.env['RABBITMQ_URL'] === undefined ? await startRabbit() : undefined;
  const brokerUrl = process.env['RABBITMQ_URL'] ?? broker?.url;
  if (brokerUrl === undefined) missing.push('rabbitmq-server');
  else contenders.push(await rabbit(url, brokerUrl));
  for (const name of missing) progress(`left out: ${name}`);

  const samples = new Map<string, Map<Measure, number[]>>(contenders.map(({ name }) => [name, new Map()]));
  const rounds = quick ? 1 : 5;
  for (let round = 0; round < rounds; round++) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      progress(`round ${round + 1} of ${rounds}: ${contender.name}`);
      const found = await measureOne(contender, effects, quick);
      for (const [measure, value] of Object.entries(found) as [Measure, number][]) {
        const list = samples.get(contender.name);
        list?.set(measure, [...(list.get(measure) ?? []), value]);
      }
    }
  }
  for (const contender of contenders) await contender.close();
  for (const one of redis) await one.stop();
  await broker?.stop();
  await effects.end();

  const rows: BenchRow[] = [...samples].flatMap(([name, list]) =>
    [...list].map(([measure, values]) => ({ case: `${name}: ${measure}`, ...spread(values), unit: UNITS[measure] })),
  );
  const of = (name: string, measure: Measure): number[] => samples.get(name)?.get(measure) ?? [];
  const ratio = (a: number[], b: number[]): Spread => spread(a.map((value, i) => value / (b[i] ?? Number.NaN)));
  const isOurs = (name: string): boolean => name.startsWith('scorekeep');
  const peers = contenders.map(({ name }) => name).filter((name) => !isOurs(name));
  const bestOf = (names: readonly string[]): number[] =>
    Array.from({ length: rounds }, (_, i) => Math.max(...names.map((name) => of(name, 'both at once')[i] ?? 0)));
  const best = bestOf(peers);
  const bestDurable = bestOf(peers.filter((name) => name !== 'BullMQ, AOF everysec'));
  const endToEnd = contenders
    .map(({ name }) => name)
    .filter(isOurs)
    .flatMap((name) => [
      [`end to end: ${name} / best peer`, ratio(of(name, 'both at once'), best)] as const,
      [`end to end: ${name} / best peer that loses nothing`, ratio(of(name, 'both at once'), bestDurable)] as const,
    ]);
  return {
    bench: 'jobs',
    environment: {
      server: 'PostgreSQL 18, fsync on',
      ...SETTINGS,
      jit: 'off',
      workers: WORKERS,
      senders: SENDERS,
      'left out': missing.join(', ') || 'nothing',
    },
    rows,
    ratios: {
      ...Object.fromEntries(endToEnd),
      single_send_vs_pg_boss: ratio(
        of('scorekeep, batch 1, deleted', 'single sends'),
        of('pg-boss work(), batch 1', 'single sends'),
      ),
    },
  };
};
export default bench;

type Measure = 'enqueue' | 'single sends' | 'drain' | 'both at once' | 'idle latency p50' | 'idle latency p99';
const UNITS: Readonly<Record<Measure, string>> = {
  enqueue: 'jobs/s',
  'single sends': 'jobs/s',
  drain: 'jobs/s',
  'both at once': 'jobs/s',
  'idle latency p50': 'ms',
  'idle latency p99': 'ms',
};

async function measureOne(contender: Contender, effects: pg.Client, quick: boolean): Promise<Record<Measure, number>> {
  const bulk = quick ? 1_000 : 10_000;
  const few = quick ? 200 : 2_000;
  // pg-boss's work() at batch 1 does a handful of jobs a second: it is given what it can do in seconds.
  const slow = contender.name === 'pg-boss work(), batch 1';
  const drainable = slow ? 20 : bulk;
  await effects.query('truncate effect');
  const rate = async (count: number, work: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await work();
    return count / ((performance.now() - start) / 1_000);
  };
  const jobs = Array.from({ length: drainable }, (_, n) => payload(n));
  const enqueue = await rate(drainable, async () => {
    for (let i = 0; i < jobs.length; i += 1_000) await contender.enqueueAll(jobs.slice(i, i + 1_000));
  });
  let stop: () => Promise<unknown> = async () => undefined;
  const drain = await rate(drainable, async () => {
    stop = await contender.work();
    await untilRows(effects, drainable);
  });
  await stop();
  await effects.query('truncate effect');
  const single = await rate(few, () => sendAll(contender, few));
  await contender.clear();
  stop = await contender.work();
  const both = await rate(drainable, async () => {
    await sendAll(contender, drainable);
    await untilRows(effects, drainable);
  });
  const latencies: number[] = [];
  for (let n = 0; n < (slow ? 5 : quick ? 20 : 200); n++) {
    await wait(20);
    await effects.query('truncate effect');
    const start = performance.now();
    await contender.enqueue(payload(n));
    await untilRows(effects, 1);
    latencies.push(performance.now() - start);
  }
  await stop();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return {
    enqueue,
    'single sends': single,
    drain,
    'both at once': both,
    'idle latency p50': at(0.5),
    'idle latency p99': at(0.99),
  };
}

async function sendAll(contender: Contender, count: number): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: SENDERS }, async () => {
      while (next < count) await contender.enqueue(payload(next++));
    }),
  );
}

/** The rows are the truth for everybody: a job counts when its effect is committed. */
async function untilRows(effects: pg.Client, count: number): Promise<void> {
  for (;;) {
    const { rows } = await effects.query('select count(*)::int as count from effect');
    if (rows[0].count >= count) return;
    await wait(count > 1 ? 10 : 1);
  }
}
