import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { connect } from '../connect.ts';
import type { Backend } from '../projections/projection.ts';
import type { Status } from '../runs/status.ts';
import { contest, createContest, judge, type Verdict } from './contest.ts';
import { end, startWorker } from './processes.ts';
import { seeded } from './random.ts';

/**
 * What befalls the workers of a run, again and again:
 * - `statement`: each dies right before one of its statements, any of them, and another takes its place
 * - `everybody`: all of them are killed at once, at any moment
 * - `one`: one does, two others live and take over
 */
export type Storm = 'statement' | 'everybody' | 'one';

export interface StormOptions {
  /** An empty database. */
  readonly url: string;
  /** Decides who dies when; the same seed makes the same schedule. */
  readonly seed: number;
  readonly backend: Backend;
  readonly storm: Storm;
  readonly deaths: number;
}

export interface StormReport {
  readonly status: Status;
  readonly verdict: Verdict;
  readonly deaths: number;
  /** For each slice that a worker had in hand when it died: milliseconds until another had moved it. */
  readonly recoveriesMs: readonly number[];
}

const WORKERS = 3;
/** Small enough that a run has some hundred steps to die in. */
const BATCH_SIZE = 50;
/** More than a worker needs for several slices. */
const STATEMENTS = 120;

/** Scores a contest of 5 000 predictions while its workers die, then lets it end in peace and judges the result. */
export async function sliceStorm({ url, seed, backend, storm, ...options }: StormOptions): Promise<StormReport> {
  let { deaths } = options;
  const signal = AbortSignal.timeout(CEILING_MS);
  await createContest(url, { players: 100, fixtures: 50 });
  const random = seeded(seed);
  const { points, overall } = contest(backend);
  const keep = await connect({ url, batchSize: BATCH_SIZE });
  const watch = new pg.Pool({ connectionString: url, max: WORKERS });
  const environment = { DRILL_URL: url, DRILL_BACKEND: backend, DRILL_BATCH_SIZE: String(BATCH_SIZE) };
  const recoveries: Promise<number[]>[] = [];
  let died = 0;
  const survivors: ChildProcess[] = [];

  /** One worker after another, until enough have died; the last one lives. */
  const lane = async (): Promise<void> => {
    while (died < deaths) {
      const at = String(1 + Math.floor(random() * STATEMENTS));
      const worker = await watched({ ...environment, DRILL_KILL_AT_STATEMENT: at }).catch(() => undefined);
      if (worker !== undefined) {
        if (isAlive(worker.child)) await once(worker.child, 'exit');
        recoveries.push(untilMoved(watch, worker.inHand));
      }
      died++;
    }
    survivors.push(await startWorker(environment));
  };

  const everybodyDies = async (): Promise<void> => {
    const workers = await Promise.all(Array.from({ length: WORKERS }, () => watched(environment)));
    await wait(random() * 300);
    await Promise.all(workers.map(({ child }) => end(child, 'SIGKILL')));
    died += WORKERS;
  };

  const wholeRun = async (happen: () => Promise<unknown>): Promise<void> => {
    const run = await keep.run(points);
    await happen();
    await keep.finished(run, { signal });
  };

  /** One run for each fixture, so that there is something to die in for long enough. */
  const runByRun = async (): Promise<void> => {
    const { rows } = await watch.query('select id from fixture');
    for (const { id } of rows) await keep.finished(await keep.run(points, { where: { fixture_ref: id } }), { signal });
    deaths = 0;
  };

  try {
    await keep.top(overall);
    if (storm === 'statement') {
      await wholeRun(() => Promise.all(Array.from({ length: WORKERS }, lane)));
    } else if (storm === 'everybody') {
      await wholeRun(async () => {
        while (died < deaths) await everybodyDies();
        survivors.push(await startWorker(environment));
      });
    } else {
      survivors.push(await startWorker(environment), await startWorker(environment));
      await Promise.all([lane(), runByRun()]);
    }
    const recoveriesMs = (await Promise.all(recoveries)).flat();
    return { status: await keep.status(points), verdict: await judge(url), deaths: died, recoveriesMs };
  } finally {
    await Promise.all(survivors.map((worker) => end(worker, 'SIGTERM')));
    await watch.end();
    await keep.stop();
  }
}

/** Far more than it ever takes; a run that hangs must not hang its test. */
const CEILING_MS = 240_000;

interface Watched {
  readonly child: ChildProcess;
  /** The slices that it has begun and not ended. */
  readonly inHand: ReadonlySet<string>;
}

async function watched(environment: Readonly<Record<string, string>>): Promise<Watched> {
  const child = await startWorker(environment);
  const inHand = new Set<string>();
  let rest = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = `${rest}${chunk.toString()}`.split('\n');
    rest = lines.pop() ?? '';
    for (const [what, slice = ''] of lines.map((line) => line.split(' '))) {
      if (what === 'begun') inHand.add(slice);
      if (what === 'done') inHand.delete(slice);
    }
  });
  return { child, inHand };
}

const isAlive = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/** Waits until each of the slices has moved since now, and answers how long each took. */
async function untilMoved(client: pg.Pool, slices: ReadonlySet<string>): Promise<number[]> {
  const start = performance.now();
  const { rows } = await client.query('select clock_timestamp()::text as now');
  const waiting = new Set(slices);
  const took: number[] = [];
  while (waiting.size > 0) {
    const moved = await client.query(
      'select id from scorekeep.slice where id = any ($1) and (done_at is not null or touched_at > $2)',
      [[...waiting], rows[0].now],
    );
    for (const { id } of moved.rows) if (waiting.delete(id)) took.push(performance.now() - start);
    await wait(5);
  }
  return took;
}
