/** One process of a drain: it serves, starts runs, and says on its channel what came of it. */
import { enableCompileCache } from 'node:module';
import type { Board, Keep, Projection } from '@scorekeep/queue';
import pg from 'pg';
import { effectiveSettings } from '../database/effective-settings.ts';
import { fromBuild } from '../from-build.ts';
import { CONTEST_TABLES } from './contest.ts';
import { PROJECTION, type Reply, type Request, type WorkerTask } from './protocol.ts';

// Dozens of processes load the same modules, from source at the cost of a second of CPU each.
enableCompileCache();
const task = JSON.parse(process.env['SCOREKEEP_LOADTEST_TASK'] ?? '{}') as WorkerTask;
const { board, connect, projection, subscribe, tableLog } = await fromBuild<typeof import('@scorekeep/queue')>(
  task.root,
  '@scorekeep/queue',
);
const { drawContest, kicktipp } = await fromBuild<typeof import('@scorekeep/core/contests')>(
  task.root,
  '@scorekeep/core/contests',
);

/** A connection to Scorekeep, and what it scores with it. */
interface Serving {
  readonly keep: Keep;
  readonly points: Projection;
}

const tell = (reply: Reply): void => void process.send?.(reply);
const { table, fields, join, tie } = CONTEST_TABLES[task.contest];
// Names without a schema, found by the search path: what every version understands.
const local = (name: string): string => name.replace('loadtest.', '');
const url = new URL(task.url);
url.searchParams.set('options', '-c search_path=loadtest,public');
url.search = url.search.replaceAll('+', '%20');

const points = (name: string): Projection =>
  projection(name, {
    from: tableLog(local(table), {
      key: ['id'],
      subject: 'entrant',
      fields,
      join: { ...join, table: local(join.table) },
    }),
    score: task.contest === 'matches' ? kicktipp : drawContest,
    backend: task.backend,
  });
const standings = (of: Projection): Board => board(of.name, { of, add: 'sum', ties: [tie, 'subject'] });

let items = 0;
let stopping = false;
const planted = task.plant === undefined ? undefined : new pg.Pool({ connectionString: task.url, max: 1 });
subscribe('slice.committed', ({ scored, rejected }) => {
  items += scored + rejected;
  if (task.plant === undefined) return;
  burn((scored + rejected) * task.plant.cpuMicroseconds);
  for (let i = 0; i < task.plant.statements; i++) void planted?.query('select 1 as "scorekeep.planted"');
});

if (task.dies === true) {
  subscribe('slice.started', () => {
    if (items > 0) process.kill(process.pid, 'SIGKILL');
  });
}

const connected = async (name: string): Promise<Serving> => {
  const keep = await connect({
    url: url.href,
    poolSize: 4,
    ...(task.batchSize === undefined ? {} : { batchSize: task.batchSize }),
  });
  const scored = points(name);
  await keep.top(standings(scored), { limit: 1 });
  return { keep, points: scored };
};
let serving = task.mode === 'score' ? undefined : await connected(PROJECTION);
process.on('SIGINT', () => undefined); // Ctrl-C reaches the whole terminal group: the parent decides what it means
process.on('SIGTERM', () => void stop());
process.on('disconnect', () => void stop());
process.on('message', (request: Request) => {
  answer(request).catch((error: unknown) =>
    tell({ is: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
});
if (task.mode === 'serve' && serving !== undefined)
  await serving.keep.start({ projections: [serving.points], boards: [standings(serving.points)], workers: 1 });
tell({
  is: 'ready',
  effective:
    serving === undefined ? {} : { backend: serving.points.backend, ...(await effectiveSettings(serving.keep)) },
});

async function answer(request: Request): Promise<void> {
  if (request.ask === 'connect') serving = await connected(request.projection);
  if (serving === undefined) throw new Error('It is not connected');
  if (request.ask === 'run') return run(serving);
  if (request.ask === 'score-inline') return scoreInline(serving, request.limit);
  if (request.ask === 'disconnect') {
    await serving.keep.stop();
    serving = undefined;
  }
  tell({ is: 'turned' });
}

async function run({ keep, points }: Serving): Promise<void> {
  const before = process.cpuUsage();
  const began = performance.now();
  const queued = await keep.run(points);
  const enqueueSeconds = (performance.now() - began) / 1000;
  tell({ is: 'queued', enqueueSeconds });
  let said = performance.now();
  const status = await keep.finished(queued, {
    onProgress: ({ scored, rejected, parked, expected }) => {
      if (performance.now() - said < 500) return;
      said = performance.now();
      tell({ is: 'progress', done: scored + rejected + parked, expected });
    },
  });
  const seconds = ((status.finishedAt?.getTime() ?? Number.NaN) - status.startedAt.getTime()) / 1000 + enqueueSeconds;
  tell({ is: 'finished', seconds, cpuSeconds: cpuSince(before), parked: status.parked, slices: status.slices });
}

async function scoreInline({ keep, points }: Serving, limit: number): Promise<void> {
  const before = process.cpuUsage();
  const began = performance.now();
  const { id } = await keep.run(points, { inline: { limit } });
  const { parked, slices } = await keep.runStatus(id);
  await planted?.query('select 1'); // behind whatever was planted
  const seconds = (performance.now() - began) / 1000;
  tell({ is: 'finished', seconds, cpuSeconds: cpuSince(before), parked, slices });
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await serving?.keep.stop();
  await planted?.end();
  const { maxRSS } = process.resourceUsage();
  tell({ is: 'worked', items, memoryMb: maxRSS / 1024 });
  process.disconnect?.();
}

/** Keeps this thread busy for so much CPU time, whoever else wants it. */
function burn(microseconds: number): void {
  const before = process.cpuUsage();
  while (cpuSince(before) * 1e6 < microseconds);
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
