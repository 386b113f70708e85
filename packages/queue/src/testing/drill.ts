import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { quote } from '../postgres/identifiers.ts';
import { seeded } from './random.ts';
import { type Usage, type UsageLimits, watchUsage } from './usage.ts';

/** A drill: worker processes of a host's, and faults that befall them while they work. */
export interface DrillOptions {
  /** A direct connection with the right to end others. */
  readonly url: string;
  readonly schema?: string;
  /** Starts a worker process and resolves when it serves. */
  readonly startWorker: () => Promise<ChildProcess>;
  /** Default 3. More than one where any is killed: what it had in hand, another has to settle. */
  readonly workers?: number;
  readonly faults: readonly Fault[];
  /** How many faults. Default 10. */
  readonly rounds?: number;
  /** Decides which fault befalls whom, and when. Print it: the same seed makes the same schedule. */
  readonly seed: number;
  /** How long a `pause` lasts: longer than the deadline of the jobs, so that others get them. Default 6 seconds. */
  readonly pauseSeconds?: number;
  /** What a worker process may take of memory and connections. */
  readonly limits?: UsageLimits;
  /** Resolves when there is nothing left to do. */
  readonly settled: () => Promise<unknown>;
}

/**
 * - `kill`: SIGKILL to a worker in the middle of whatever it does; another is started in its place
 * - `pause`: SIGSTOP, and SIGCONT after its jobs must have gone to others
 * - `sever-control`: the server ends a worker's control connection
 * - `sever-work`: the server ends a worker's connections for the work itself
 */
export type Fault = 'kill' | 'pause' | 'sever-control' | 'sever-work';

/** What a drill did. */
export interface DrillReport {
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** For each kill that found jobs in hand: milliseconds until another worker had settled all of them. I10. */
  readonly recoveriesMs: readonly number[];
  /** I9, for {@link violations}. */
  readonly usage: Usage;
}

/** Runs a drill until the work is done. Afterwards {@link violations} says whether all is as it must be. */
export async function runDrill(options: DrillOptions): Promise<DrillReport> {
  const { url, schema = 'scorekeep', startWorker, workers = 3, faults, rounds = 10, seed, settled } = options;
  const pauseMs = (options.pauseSeconds ?? PAUSE_SECONDS) * 1_000;
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const client = new pg.Client(url);
  await client.connect();
  const alive = new Set<ChildProcess>();
  const befell: Fault[] = [];
  const recoveriesMs: number[] = [];
  const watch = watchUsage(url, () => [...alive].map(({ pid }) => pid ?? 0), options.limits);
  try {
    const started = await Promise.allSettled(Array.from({ length: workers }, startWorker));
    for (const one of started) if (one.status === 'fulfilled') alive.add(one.value);
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    for (let round = 0; round < rounds; round++) {
      await wait(100 + random() * 400);
      const fault = pick(faults);
      const victim = pick([...alive]);
      befell.push(fault);
      if (fault === 'kill') {
        const inHand = await jobsInHand(client, schema, victim.pid ?? 0);
        await kill(victim);
        alive.delete(victim);
        if (inHand.length > 0) recoveriesMs.push(await untilSettled(client, schema, inHand, alive));
        alive.add(await startWorker());
      } else if (fault === 'pause') {
        victim.kill('SIGSTOP');
        await wait(pauseMs);
        victim.kill('SIGCONT');
      } else {
        await client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = $1 order by random() limit 1`,
          [fault === 'sever-control' ? 'scorekeep-control' : 'scorekeep'],
        );
      }
    }
    await settled();
    return { seed, faults: befell, recoveriesMs, usage: watch.seen() };
  } finally {
    await watch.stop();
    await Promise.all([...alive].map(kill));
    await client.end();
  }
}

const PAUSE_SECONDS = 6;

const lives = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

async function kill(child: ChildProcess): Promise<void> {
  if (!lives(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** What a process has in hand, in a transaction or claimed. */
async function jobsInHand(client: pg.Client, schema: string, pid: number): Promise<string[]> {
  const { rows } = await client.query<{ job: string }>(
    `select unnest(i.jobs) as job from ${quote(schema)}.job_intent i join ${quote(schema)}.job_worker w on w.id = i.worker where w.pid = $1
     union select c.job from ${quote(schema)}.job_claim c join ${quote(schema)}.job_worker w on w.id = c.worker where w.pid = $1`,
    [pid],
  );
  return rows.map(({ job }) => job);
}

async function untilSettled(
  client: pg.Client,
  schema: string,
  jobs: readonly string[],
  others: ReadonlySet<ChildProcess>,
): Promise<number> {
  const start = performance.now();
  for (;;) {
    const { rows } = await client.query(
      `select from ${quote(`${schema}_jobs`)}.job where id = any ($1) and state < 'completed' and retry_count = 0 limit 1`,
      [jobs],
    );
    if (rows.length === 0) return performance.now() - start;
    if (![...others].some(lives)) throw new Error('no worker is left to settle what a killed one had in hand');
    await wait(5);
  }
}
