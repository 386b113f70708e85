/**
 * The drills that take minutes: `node --conditions=@scorekeep/source packages/queue/src/testing/long-drills.ts [--rounds 20]
 * [--seed 1] [--only kill]`. Each prints a line of JSON with its seed, what does not hold and how long recovery took; the exit
 * code is 1 when something does not hold, or recovery took longer than it may.
 */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { connect } from '../connect.ts';
import { startPostgres } from '../embedded/index.ts';
import type { Keep } from '../keep.ts';
import { classifyError } from '../postgres/classify-error.ts';
import { type DrillReport, type Fault, runDrill } from './drill.ts';
import { type DrillPayload, drillJobs } from './drill-jobs.ts';
import { NONE, type Violations, violations } from './invariants.ts';
import { end, startWorker, supervise } from './processes.ts';
import { type UsageWatch, watchUsage } from './usage.ts';

type Name = 'single' | 'batch' | 'claimed' | 'ordered';
const NAMES: readonly Name[] = ['single', 'batch', 'claimed', 'ordered'];
/** After a kill another worker has settled what was in hand; after a restart a worker has settled something. */
const RECOVERY_MS = { kill: 1_000, restart: 2_000 } as const;

/** The worker processes that live. */
const living = new Set<number>();
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, seed: { type: 'string' }, only: { type: 'string' } },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));

interface Outcome {
  readonly found: Record<Name, Violations>;
  readonly recoveriesMs?: readonly number[];
  readonly mostMs?: number;
  readonly faults?: readonly Fault[];
  /** Why it did not take place. */
  readonly leftOut?: string;
}

const drills: Readonly<Record<string, (seed: number) => Promise<Outcome>>> = {
  kill: (seed) => atRandom(['kill'], seed, rounds, { mostMs: RECOVERY_MS.kill }),
  mixed: (seed) => atRandom(['kill', 'pause', 'sever-control', 'sever-work'], seed, 8),
  zombie: (seed) => atRandom(['pause'], seed, 2, { pauseSeconds: 30 }),
  stall: () => stalled(),
  poison: () => poison(),
  restart: () => restart(),
  snapshot: () => pinned(),
  'disk full': () => diskFull(),
  'tight pool': () => simply({ DRILL_POOL: '8' }),
  'clock a day ahead': () => simply({ NODE_OPTIONS: `--import ${new URL('skewed-clock.ts', import.meta.url).href}` }),
};

let failed = false;
for (const [name, drill] of Object.entries(drills)) {
  if (values.only !== undefined && values.only !== name) continue;
  const { found, recoveriesMs = [], mostMs, faults, leftOut } = await drill(seed);
  const broken = Object.entries(found).filter(([, one]) => JSON.stringify(one) !== JSON.stringify(NONE));
  const slowest = Math.round(Math.max(0, ...recoveriesMs));
  const slow = mostMs !== undefined && slowest > mostMs;
  failed ||= broken.length > 0 || slow;
  const verdict = leftOut ?? (broken.length > 0 ? 'BROKEN' : slow ? 'SLOW' : 'ok');
  console.log(
    JSON.stringify({
      drill: name,
      verdict,
      seed,
      faults: faults?.length,
      recoveries: recoveriesMs.length,
      slowestMs: slowest,
      mostMs,
      broken,
    }),
  );
}
process.exitCode = failed ? 1 : 0;

interface Place {
  readonly url: string;
  readonly keep: Keep;
  readonly accepted: Record<Name, string[]>;
  /** What the effects of what was accepted add up to. */
  readonly sums: Record<Name, number>;
  readonly watch: UsageWatch;
}

/** A durable server with a host's table, and a connection to enqueue with. */
async function onServer<T>(work: (place: Place) => Promise<T>): Promise<T> {
  await using server = await startPostgres({ settings: { max_connections: 100 } });
  // Awaited, or the server would be gone before the work is done.
  return await withKeep(server.url, work);
}

async function withKeep<T>(url: string, work: (place: Place) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(
    'create table if not exists effect (n int not null, key text, at timestamptz not null default clock_timestamp())',
  );
  await client.end();
  const keep = await connect({ url, poolSize: 5 });
  const watch = watchUsage(url, () => [...living]);
  try {
    const accepted = { single: [], batch: [], claimed: [], ordered: [] };
    return await work({ url, keep, accepted, sums: { single: 0, batch: 0, claimed: 0, ordered: 0 }, watch });
  } finally {
    await watch.stop();
    await keep.stop();
  }
}

async function fill(
  { keep, accepted, sums }: Place,
  name: Name,
  count: number,
  payload: Omit<DrillPayload, 'n'>,
): Promise<void> {
  const receipts = await keep.enqueueAll(
    drillJobs[name],
    Array.from({ length: count }, (_, n) => ({ n, ...payload })),
  );
  accepted[name].push(...receipts.flatMap((one) => (one.state === 'accepted' ? [one.id] : [])));
  sums[name] += receipts.reduce((sum, one, n) => sum + (one.state === 'accepted' ? n : 0), 0);
}

async function rest(place: Place): Promise<void> {
  for (const name of NAMES) await place.keep.drain(drillJobs[name], { signal: AbortSignal.timeout(600_000) });
}

async function judge(
  { url, accepted, sums, watch }: Place,
  charged: number,
  poisoned: readonly string[] = [],
): Promise<Record<Name, Violations>> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const of = (name: Name): Promise<Violations> =>
      violations(client, {
        job: drillJobs[name],
        accepted: accepted[name],
        poisoned: name === 'batch' ? poisoned : [],
        effects: 'select key, n as amount from effect where key in (select id::text from stored)',
        sum: sums[name],
        // A claimed job whose worker dies has had a try.
        charged: drillJobs[name].definition.mode === 'claimed' ? charged : 0,
        usage: watch.seen(),
      });
    return {
      single: await of('single'),
      batch: await of('batch'),
      claimed: await of('claimed'),
      ordered: await of('ordered'),
    };
  } finally {
    await client.end();
  }
}

async function worker(url: string, environment: Record<string, string> = {}): Promise<ChildProcess> {
  const child = await startWorker({ DRILL_URL: url, DRILL_JOBS: NAMES.join(','), ...environment }, 'job-worker.ts');
  const { pid = 0 } = child;
  living.add(pid);
  child.once('exit', () => living.delete(pid));
  return child;
}

async function atRandom(
  faults: readonly Fault[],
  seed: number,
  rounds: number,
  { mostMs, pauseSeconds }: { readonly mostMs?: number; readonly pauseSeconds?: number } = {},
): Promise<Outcome> {
  return onServer(async (place) => {
    let feeding = true;
    // A few at a time, so that what goes back is older than what waits, and stands before it.
    const feeder = (async () => {
      while (feeding) {
        for (const name of NAMES) {
          // The connection that is severed may be this one: what is not accepted is sent again as another job.
          await keepFull(place, name).catch((error: unknown) => {
            if (classifyError(error) !== 'retry') throw error;
          });
        }
        await wait(10);
      }
    })();
    const report: DrillReport = await runDrill({
      url: place.url,
      seed,
      rounds,
      faults,
      ...(pauseSeconds === undefined ? {} : { pauseSeconds }),
      startWorker: () => worker(place.url),
      settled: async () => {
        feeding = false;
        await feeder;
        await rest(place);
      },
    });
    const found = await judge(place, rounds);
    return {
      found,
      recoveriesMs: report.recoveriesMs,
      faults: report.faults,
      ...(mostMs === undefined ? {} : { mostMs }),
    };
  });
}

/** A process whose event loop is blocked for 15 seconds with jobs in hand: others do them, and what it commits then is refused. */
async function stalled(): Promise<Outcome> {
  return onServer(async (place) => {
    for (const name of NAMES) await fill(place, name, 100, { ms: 5 });
    const victim = await worker(place.url, { DRILL_STALL_MS: '15000' });
    const others = [await worker(place.url), await worker(place.url)];
    await rest(place);
    // What it goes on with when it comes back is beside new work.
    await wait(15_000);
    for (const name of NAMES) await fill(place, name, 100, {});
    await rest(place);
    const found = await judge(place, 3);
    for (const one of [victim, ...others]) await end(one, 'SIGTERM');
    return { found };
  });
}

async function keepFull(place: Place, name: Name): Promise<void> {
  const { waiting } = await place.keep.jobStatus(drillJobs[name]);
  if (waiting < 60) await fill(place, name, 10, { ms: 10 });
}

/** A job that ends its process, in the middle of batches of twenty: they are split until it is alone, and only it is dead. */
async function poison(): Promise<Outcome> {
  return onServer(async (place) => {
    await fill(place, 'batch', 30, {});
    const [culprit] = await place.keep.enqueueAll(drillJobs.batch, [{ n: 99, poison: 'exits' }]);
    await fill(place, 'batch', 30, {});
    const supervised = supervise(() => worker(place.url));
    try {
      await rest(place);
      return { found: await judge(place, 0, culprit?.state === 'accepted' ? [culprit.id] : []) };
    } finally {
      await supervised.stop();
    }
  });
}

/** What `pg_ctl -m immediate` does: no checkpoint, no goodbye; the next start recovers. */
async function restart(): Promise<Outcome> {
  const directory = await mkdtemp(path.join(tmpdir(), 'scorekeep-drill-'));
  const first = await startPostgres({ directory });
  const recoveriesMs: number[] = [];
  let server = first;
  try {
    return await withKeep(first.url, async (place) => {
      const workers = await Promise.all([worker(first.url), worker(first.url)]);
      for (let round = 0; round < rounds; round++) {
        for (const name of NAMES) await fill(place, name, 150, { ms: 10 });
        await wait(300);
        process.kill(server.pid, 'SIGQUIT');
        await server.stop();
        server = await startPostgres({ directory, port: first.port });
        recoveriesMs.push(await untilNextEffect(place.url));
      }
      await rest(place);
      const found = await judge(place, rounds);
      for (const one of workers) await end(one, 'SIGTERM');
      return { found, recoveriesMs, mostMs: RECOVERY_MS.restart };
    });
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function untilNextEffect(url: string): Promise<number> {
  const start = performance.now();
  const client = new pg.Client(url);
  await client.connect();
  try {
    const count = async (): Promise<number> =>
      Number((await client.query('select count(*) from effect')).rows[0].count);
    const before = await count();
    while ((await count()) === before) await wait(5);
    return performance.now() - start;
  } finally {
    await client.end();
  }
}

/** A transaction that somebody left open for a minute: dead rows cannot be removed, and the queue must go on. */
async function pinned(): Promise<Outcome> {
  return onServer(async (place) => {
    const workers = [await worker(place.url), await worker(place.url)];
    const reader = new pg.Client(place.url);
    await reader.connect();
    await reader.query('begin isolation level repeatable read; select count(*) from effect');
    const until = Date.now() + 60_000;
    while (Date.now() < until) {
      for (const name of NAMES) await fill(place, name, 50, {});
      await rest(place);
    }
    await reader.end();
    const found = await judge(place, 0);
    for (const one of workers) await end(one, 'SIGTERM');
    return { found };
  });
}

/**
 * The disk on which the host's table lies is full for a while: a small file system of its own, which takes the right to mount
 * one. Postgres refuses each effect; no job is lost or charged, and all are done when there is room again.
 */
async function diskFull(): Promise<Outcome> {
  const mount = await mkdtemp(path.join(tmpdir(), 'scorekeep-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', mount], { stdio: 'ignore' });
  } catch {
    await rm(mount, { recursive: true });
    return {
      found: { single: NONE, batch: NONE, claimed: NONE, ordered: NONE },
      leftOut: 'left out: no right to mount a file system',
    };
  }
  try {
    return await onServer(async (place) => {
      const client = new pg.Client(place.url);
      await client.connect();
      const { rows } = await client.query(`select current_setting('data_directory') as directory`);
      const { uid, gid } = await stat(rows[0].directory);
      await chown(mount, uid, gid);
      await client.query(`create tablespace small location '${mount}'`);
      await client.query('alter table effect set tablespace small');
      const ballast = path.join(mount, 'ballast');
      await writeFile(ballast, Buffer.alloc(8 * 2 ** 20)).catch(() => undefined);
      const workers = [await worker(place.url), await worker(place.url)];
      for (const name of NAMES) await fill(place, name, 300, {});
      const full = async (): Promise<boolean> =>
        client.query('create table probe tablespace small as select generate_series(1, 100_000)').then(
          () => false,
          (error: { code?: string }) => error.code === '53100',
        );
      // Whoever works meets it again and again.
      for (let tries = 0; tries < 20; tries++) {
        if (!(await full())) throw new Error('the disk was not full');
        await wait(100);
      }
      await rm(ballast);
      await rest(place);
      const found = await judge(place, 0);
      for (const one of workers) await end(one, 'SIGTERM');
      await client.end();
      return { found };
    });
  } finally {
    execFileSync('umount', [mount]);
    await rm(mount, { recursive: true });
  }
}

async function simply(environment: Record<string, string>): Promise<Outcome> {
  return onServer(async (place) => {
    const workers = [await worker(place.url, environment), await worker(place.url, environment)];
    for (const name of NAMES) await fill(place, name, 300, { ms: 2 });
    await rest(place);
    const found = await judge(place, 0);
    for (const one of workers) await end(one, 'SIGTERM');
    return { found };
  });
}
