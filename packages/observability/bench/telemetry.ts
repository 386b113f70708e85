/**
 * `npm run bench -- telemetry`: what observing costs, in CPU time of the Node process per item of the slice pipeline at a
 * batch of 500: without a subscriber, with metrics, and with metrics and traces of which a tenth is kept, sent as OTLP.
 * Single jobs, enqueued together and worked one by one, are printed beside it. The modes take turns on one server. What the facts cost
 * when nobody listens is too small to be seen as a difference, so it is counted: how many are published per slice, times what publishing
 * one takes, against the CPU time of a slice. So is what hearing them takes, without the slice. Beside the modes against each other, a
 * profile says which part of one run's CPU time is spent in code of telemetry: that is what a machine with other work leaves alone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { kicktipp } from '@scorekeep/core/contests';
import { connect, job, projection, subscribe } from '@scorekeep/queue';
import { startPostgres } from '@scorekeep/queue/embedded';
import pg from 'pg';
import { type Bench, type BenchRow, type Spread, spread } from '../../../tooling/measure.ts';
import { createHostTable, type HostTable } from '../../queue/bench/scoring/host-table.ts';
import { publish } from '../../queue/src/facts.ts';
import { startTelemetry, type Telemetry } from '../src/node/index.ts';
import { hearingPerSlice } from './telemetry/hearing.ts';
import { profiled, type Shares } from './telemetry/profile.ts';

const BATCH = 500;
const MODES = ['no subscriber', 'metrics', 'metrics, traces at 10 %', 'metrics, all traces'] as const;
type Mode = (typeof MODES)[number];

const bench: Bench = async ({ quick, progress }) => {
  await using server = await startPostgres({ settings: { shared_buffers: '512MB', max_wal_size: '4GB', jit: false } });
  // So long that a run meets what is read and sent every 15 seconds about as often as a process that goes on does.
  const size = quick ? 20_000 : 1_000_000;
  const rounds = quick ? 3 : 9;
  const host = await createHostTable(server.url, 'narrow', size, size);
  const sink = await startSink();
  const cpu = new Map<Mode, Map<number, number>>(MODES.map((mode) => [mode, new Map()]));
  const perJob = new Map<Mode, number[]>(MODES.map((mode) => [mode, []]));
  const shares = new Map<Mode, Shares[]>(MODES.map((mode) => [mode, []]));
  try {
    // The first round warms up and does not count.
    for (let round = 0; round <= rounds; round++) {
      progress(round === 0 ? 'warm-up' : `round ${round} of ${rounds}`);
      for (const mode of round % 2 === 0 ? MODES : MODES.toReversed()) {
        // All traces and single jobs have no goal: every third round is enough.
        const beside = round % 3 === 0;
        if (mode !== 'metrics, all traces' || beside) {
          const taken = await runOnce(server.url, host, mode, sink.url);
          if (round > 0) cpu.get(mode)?.set(round, taken);
          if (round > 0 && mode !== 'no subscriber') {
            await runOnce(server.url, host, mode, sink.url, async (work) => {
              shares.get(mode)?.push(await profiled(work));
            });
          }
        }
        if (!beside) continue;
        const job = await jobsOnce(server.url, mode, sink.url, quick ? 200 : 2_000);
        if (round > 0) perJob.get(mode)?.push(job);
      }
    }
    const facts = await factsPerSlice(server.url, host);
    const hearing = new Map<Mode, number[]>(MODES.map((mode) => [mode, []]));
    for (let round = 0; round < rounds; round++) {
      for (const mode of MODES) hearing.get(mode)?.push(await hearingOnce(mode, sink.url, quick ? 1_000 : 10_000));
    }
    const nanoseconds = spread(Array.from({ length: rounds }, nanosecondsPerFact));
    return {
      bench: 'telemetry',
      environment: { items: size, batch: BATCH, backend: 'sql' },
      ...report({ cpu, perJob, shares, hearing, facts, nanoseconds }),
      goals: GOALS,
    };
  } finally {
    sink.child.kill();
  }
};
export default bench;

/** Of issue 9: under 1 % without a subscriber, 5 % with metrics, 8 % with a tenth of the traces. */
const GOALS: Readonly<Record<string, number>> = {
  no_subscriber_vs_no_facts: 0.99,
  metrics_vs_no_subscriber: 0.95,
  traces_at_a_tenth_vs_no_subscriber: 0.92,
  pipeline_vs_pipeline_with_metrics: 0.95,
  pipeline_vs_pipeline_with_traces_at_a_tenth: 0.92,
};

interface Taken {
  /** By round. */
  readonly cpu: ReadonlyMap<Mode, ReadonlyMap<number, number>>;
  readonly perJob: ReadonlyMap<Mode, readonly number[]>;
  readonly shares: ReadonlyMap<Mode, readonly Shares[]>;
  readonly hearing: ReadonlyMap<Mode, readonly number[]>;
  readonly facts: number;
  readonly nanoseconds: Spread;
}

function report({ cpu, perJob, shares, hearing, facts, nanoseconds }: Taken): {
  rows: BenchRow[];
  ratios: Record<string, Spread>;
} {
  const none = cpu.get('no subscriber') ?? new Map<number, number>();
  const perSlice = spread([...none.values()]).median * BATCH * 1_000;
  const ratio = (mode: Mode): Spread =>
    spread([...(cpu.get(mode) ?? [])].map(([round, taken]) => (none.get(round) ?? Number.NaN) / taken));
  const inRun = (mode: Mode): Spread =>
    spread((shares.get(mode) ?? []).map(({ telemetry, pipeline }) => pipeline / (pipeline + telemetry)));
  const share = 1 - (facts * nanoseconds.median) / perSlice;
  return {
    rows: [
      ...[...cpu].map(([mode, taken]) => ({ case: mode, ...spread([...taken.values()]), unit: 'CPU µs/item' })),
      ...[...perJob].map(([mode, taken]) => ({ case: `single job, ${mode}`, ...spread(taken), unit: 'CPU µs/job' })),
      ...[...hearing].map(([mode, taken]) => ({
        case: `the facts of a slice, ${mode}`,
        ...spread(taken),
        unit: 'CPU µs/slice',
      })),
      { case: 'facts per slice', median: facts, min: facts, max: facts, n: 1, unit: 'facts' },
      { case: 'a fact that nobody hears', ...nanoseconds, unit: 'ns' },
    ],
    ratios: {
      // Higher is better: what is left of the speed.
      no_subscriber_vs_no_facts: { median: share, min: share, max: share, n: nanoseconds.n },
      metrics_vs_no_subscriber: ratio('metrics'),
      traces_at_a_tenth_vs_no_subscriber: ratio('metrics, traces at 10 %'),
      all_traces_vs_no_subscriber: ratio('metrics, all traces'),
      // Of one run, by its profile.
      pipeline_vs_pipeline_with_metrics: inRun('metrics'),
      pipeline_vs_pipeline_with_traces_at_a_tenth: inRun('metrics, traces at 10 %'),
      pipeline_vs_pipeline_with_all_traces: inRun('metrics, all traces'),
    },
  };
}

/** CPU microseconds of this process per item of one run, from the call of `run` until all is sent. */
async function runOnce(
  url: string,
  host: HostTable,
  mode: Mode,
  sink: string,
  watch: (work: () => Promise<unknown>) => Promise<unknown> = (work) => work(),
): Promise<number> {
  const telemetry = await start(mode, sink);
  const points = projection('points', { from: host.log, score: kicktipp });
  const keep = await connect({ url, batchSize: BATCH });
  try {
    await keep.start({ projections: [points] });
    // Instruments are made and code is compiled once in the life of a process.
    await keep.finished(await keep.run(points, { where: { match_id: 1 } }));
    await telemetry?.flush();
    await query(url, 'checkpoint');
    const before = process.cpuUsage();
    let scored = 0;
    await watch(async () => {
      ({ scored } = await keep.finished(await keep.run(points)));
      await telemetry?.flush();
    });
    const { user, system } = process.cpuUsage(before);
    if (scored < host.rows * 0.98) throw new Error(`scored ${scored} of ${host.rows}`);
    return (user + system) / scored;
  } finally {
    await keep.stop();
    await telemetry?.shutdown();
    await query(url, 'drop schema scorekeep cascade; drop schema scorekeep_jobs cascade');
  }
}

async function start(mode: Mode, sink: string): Promise<Telemetry | undefined> {
  if (mode === 'no subscriber') return undefined;
  const sample = mode === 'metrics' ? 0 : mode === 'metrics, all traces' ? 1 : 0.1;
  return startTelemetry({ service: 'bench', sample, otlp: { url: sink } });
}

async function hearingOnce(mode: Mode, sink: string, slices: number): Promise<number> {
  const telemetry = await start(mode, sink);
  try {
    return await hearingPerSlice(slices);
  } finally {
    await telemetry?.shutdown();
  }
}

async function factsPerSlice(url: string, host: HostTable): Promise<number> {
  let [facts, slices] = [0, 0];
  const names = [
    'slice.started',
    'slice.written',
    'slice.committed',
    'run.started',
    'run.finished',
    'work.swept',
  ] as const;
  const ends = names.map((name) => subscribe(name, () => (facts += 1)));
  ends.push(subscribe('slice.started', () => (slices += 1)));
  await runOnce(url, host, 'no subscriber', '');
  for (const end of ends) end();
  return facts / slices;
}

/** CPU microseconds of this process per job, each worked alone, from its enqueuing until all is sent. */
async function jobsOnce(url: string, mode: Mode, sink: string, many: number): Promise<number> {
  const telemetry = await start(mode, sink);
  const nothing = job('nothing', { run: () => undefined });
  const keep = await connect({ url });
  try {
    await keep.enqueueAll(
      nothing,
      Array.from({ length: 50 }, () => ({})),
    );
    await keep.start({ jobs: [nothing] });
    await keep.drain(nothing);
    await telemetry?.flush();
    const before = process.cpuUsage();
    await keep.enqueueAll(
      nothing,
      Array.from({ length: many }, () => ({})),
    );
    await keep.drain(nothing);
    await telemetry?.flush();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / many;
  } finally {
    await keep.stop();
    await telemetry?.shutdown();
    await query(url, 'drop schema scorekeep cascade; drop schema scorekeep_jobs cascade');
  }
}

/** The object of the fact is made even when nobody hears it; that counts. */
function nanosecondsPerFact(): number {
  const times = 1_000_000;
  const begin = process.hrtime.bigint();
  for (let i = 0; i < times; i++) {
    publish('slice.written', { slice: 'id', run: 'id', scored: i, rejected: 0, done: false });
  }
  return Number(process.hrtime.bigint() - begin) / times;
}

async function startSink(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('telemetry/sink.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await once(child.stdout, 'data');
  return { child, url: String(said).trim() };
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(text).finally(() => client.end());
}
