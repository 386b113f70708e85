/**
 * `npm run bench -- scoring`: a run of the pipeline, from the caller's `keep.run` to the last commit, against the plain
 * single-session INSERT … SELECT that does the same work into a table of the same columns, printed in the environment. Beside
 * it one message and one INSERT for each prediction, through BullMQ and RabbitMQ, where Debian's servers are installed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { kicktipp } from '@scorekeep/core/contests';
import pg from 'pg';
import { type Bench, type BenchRow, type Spread, spread } from '../../../tooling/measure.ts';
import { cpuSecondsOf } from '../../../tooling/process-cpu.ts';
import { type Postgres, startPostgres } from '../src/embedded/index.ts';
import { type Backend, board, connect, type Keep, projection } from '../src/index.ts';
import { createHostTable, type HostTable, type KeyShape } from './scoring/host-table.ts';
import { startPeers } from './scoring/peers.ts';

/** The settings of a small server that is meant to write: durable, with room for the log. */
const SETTINGS = {
  shared_buffers: '2GB',
  max_wal_size: '8GB',
  min_wal_size: '2GB',
  wal_buffers: '64MB',
  checkpoint_timeout: '15min',
  work_mem: '64MB',
  random_page_cost: 1.1,
  jit: false,
  max_connections: 100,
};

interface Case {
  readonly backend: Backend;
  readonly workers: number;
  readonly withBoard: boolean;
}

/** One run of the pipeline, or of the statement. */
interface Sample {
  readonly rate: number;
  /** CPU time of the server and of the workers, per row. */
  readonly cpu: number;
  /** How long the caller's `keep.run` took, in milliseconds. */
  readonly enqueue?: number;
  /** The most that any worker held at any time, in MB. */
  readonly memory?: number;
}

const ENTRANTS = 50_000;

const bench: Bench = async ({ quick, progress }) => {
  await using server = await startPostgres({ settings: SETTINGS });
  const sizes = quick ? [50_000] : [50_000, 500_000, 5_000_000];
  const rows: BenchRow[] = [];
  const ratios: Record<string, Spread> = {};
  const statements: string[] = [];
  for (const size of sizes) {
    for (const shape of ['narrow', 'composite'] as const) {
      const host = await createHostTable(server.url, shape, size, ENTRANTS);
      if (size === sizes[0]) statements.push(host.plain[2]?.replace(/\s+/g, ' ') ?? '');
      const label = `${size / 1000}K ${shape}`;
      const rounds = quick
        ? { all: 1, headlines: 1 }
        : size > 1_000_000
          ? { all: 2, headlines: 5 }
          : { all: 3, headlines: 3 };
      const samples = await interleave(server, host, rounds, (round) => progress(`${label} key, ${round}`));
      rows.push(...samples.flatMap(([name, taken]) => rowsOf(`${label} ${name}`, taken)));
      Object.assign(ratios, ratiosOf(label.replace(' ', '_'), samples));
      if (size === sizes.at(-1)) Object.assign(ratios, headlines(shape, samples));
    }
  }
  const peers = await startPeers(server.url, quick ? 1_000 : 20_000);
  const fastest = new Map<string, number[]>();
  for (let round = 0; round < (quick ? 1 : 2); round++) {
    progress(`peers, round ${round + 1}`);
    for (const [name, rate] of await peers.measure()) fastest.set(name, [...(fastest.get(name) ?? []), rate]);
  }
  await peers.stop();
  for (const [name, rates] of fastest) {
    rows.push({ case: `one message and one INSERT: ${name}`, ...spread(rates), unit: 'rows/s' });
    const ours = rows.find((row) => row.case === `${(sizes.at(-1) ?? 0) / 1000}K narrow js x2`)?.median ?? Number.NaN;
    const short = name.split(',')[0]?.toLowerCase() ?? name;
    ratios[`js_vs_${short}`] = spread(rates.map((rate) => ours / rate));
  }
  const environment = {
    server: 'PostgreSQL 18, fsync on',
    ...settings(),
    'left out': peers.missing.join(', ') || 'nothing',
    statements: statements.join('; '),
  };
  return { bench: 'scoring', environment, rows, ratios };
};
export default bench;

type Samples = readonly (readonly [name: string, samples: Sample[]])[];

/** The reference and every case, each round in the order opposite to the last one's; what goals are about takes more rounds. */
async function interleave(
  server: Postgres,
  host: HostTable,
  rounds: { readonly all: number; readonly headlines: number },
  progress: (round: string) => void,
): Promise<Samples> {
  const cases = casesOf();
  const samples: [string, Sample[]][] = ['statement', ...cases.map(nameOf)].map((name) => [name, []]);
  for (let round = 1; round <= rounds.headlines; round++) {
    const order = samples.flatMap(([name], i) => (round <= rounds.all || HEADLINES.includes(name) ? [i] : []));
    for (const i of round % 2 === 1 ? order : order.toReversed()) {
      const [name, taken] = samples[i] ?? ['', []];
      progress(`round ${round} of ${rounds.headlines}: ${name}`);
      const one = cases[i - 1];
      taken.push(
        one === undefined
          ? await runPlain(server, host)
          : await runOurs(server, host, one, `${host.shape}_${round}_${i}`),
      );
    }
  }
  return samples;
}

function casesOf(): Case[] {
  const of = (backend: Backend, workers: number, withBoard = false): Case => ({ backend, workers, withBoard });
  return [
    of('sql', 1),
    of('sql', 2),
    of('sql', 4),
    of('js', 1),
    of('js', 2),
    of('js', 4),
    of('sql', 2, true),
    of('js', 2, true),
  ];
}

const nameOf = ({ backend, workers, withBoard }: Case): string =>
  `${backend} x${workers}${withBoard ? ' with board' : ''}`;

function rowsOf(label: string, samples: readonly Sample[]): BenchRow[] {
  const row = (what: string, unit: string, value: (sample: Sample) => number | undefined): BenchRow[] => {
    const values = samples.map(value).filter((one) => one !== undefined);
    return values.length === 0 ? [] : [{ case: `${label}${what}`, ...spread(values), unit }];
  };
  return [
    ...row('', 'rows/s', (sample) => sample.rate),
    ...row(': CPU', 'µs/row', (sample) => sample.cpu),
    ...row(': enqueue', 'ms', (sample) => sample.enqueue),
    ...row(': memory of a worker', 'MB', (sample) => sample.memory),
  ];
}

/** Each case as a multiple of the statement's rate, round by round. */
function ratiosOf(label: string, samples: Samples): Record<string, Spread> {
  return Object.fromEntries(
    samples
      .slice(1)
      .map(([name]) => [`${label}_${name.replaceAll(' ', '_')}_vs_statement`, ratioOf(samples, name, 'statement')]),
  );
}

const HEADLINES: readonly string[] = ['statement', 'sql x2', 'js x2', 'sql x2 with board'];

/** What issues and READMEs speak of: the largest size, at two workers. */
function headlines(shape: KeyShape, samples: Samples): Record<string, Spread> {
  const infix = shape === 'narrow' ? '' : '_composite';
  return {
    [`sql${infix}_vs_statement`]: ratioOf(samples, 'sql x2', 'statement'),
    [`js${infix}_vs_statement`]: ratioOf(samples, 'js x2', 'statement'),
    [`board${infix}_vs_sql`]: ratioOf(samples, 'sql x2 with board', 'sql x2'),
  };
}

function ratioOf(samples: Samples, ours: string, reference: string): Spread {
  const [mine, theirs] = [ours, reference].map((name) => samples.find(([known]) => known === name)?.[1] ?? []);
  return spread((mine ?? []).map((sample, i) => sample.rate / (theirs?.[i]?.rate ?? Number.NaN)));
}

async function runPlain(server: Postgres, host: HostTable): Promise<Sample> {
  const [drop = '', create = '', insert = ''] = host.plain;
  await query(server.url, `${drop}; ${create}`);
  await query(server.url, 'checkpoint');
  const cpu = cpuSecondsOf(server.pid);
  const start = performance.now();
  await query(server.url, insert);
  const seconds = (performance.now() - start) / 1000;
  const used = cpuSecondsOf(server.pid) - cpu;
  await query(server.url, drop);
  return { rate: host.rows / seconds, cpu: (used * 1e6) / host.rows };
}

async function runOurs(
  server: Postgres,
  host: HostTable,
  { backend, workers, withBoard }: Case,
  name: string,
): Promise<Sample> {
  const { url } = server;
  const log = withBoard ? host.logByEntrant : host.log;
  const points = projection(name, { from: log, score: kicktipp, backend });
  const keep = await connect({ url });
  const argument = JSON.stringify({ url, name, log, backend, withBoard });
  const children = await Promise.all(Array.from({ length: workers }, () => startWorker(argument)));
  const cpuSeconds = (): number =>
    children.reduce((sum, child) => sum + cpuSecondsOf(child.pid ?? 0), cpuSecondsOf(server.pid));
  try {
    if (withBoard) await keep.top(board(name, { of: points, add: 'sum', ties: ['exactCount', 'subject'] }));
    await keep.status(points);
    await query(url, 'checkpoint');
    const cpu = cpuSeconds();
    const start = performance.now();
    const run = await keep.run(points);
    const enqueue = performance.now() - start;
    const done = await keep.finished(run);
    const used = cpuSeconds() - cpu;
    const seconds = ((done.finishedAt?.getTime() ?? 0) - done.startedAt.getTime() + enqueue) / 1000;
    if (done.scored !== host.rows) throw new Error(`scored ${done.scored} of ${host.rows}`);
    const memory = Math.max(...children.map((child) => residentMegabytes(child)));
    return { rate: host.rows / seconds, cpu: (used * 1e6) / host.rows, enqueue, memory };
  } finally {
    await Promise.all(children.map((child) => stopWorker(child)));
    await forget(keep, url, name);
  }
}

async function startWorker(argument: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('scoring/worker.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@scorekeep/source', script, argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout !== null) await once(child.stdout, 'data');
  return child;
}

async function stopWorker(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function forget(keep: Keep, url: string, name: string): Promise<void> {
  await keep.stop();
  await query(
    url,
    `drop table scorekeep.score_${name}_v1, scorekeep.score_${name}_v1_history; drop table if exists scorekeep.standing_${name} cascade;
     delete from scorekeep.run; delete from scorekeep.board; delete from scorekeep.projection`,
  );
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(text).finally(() => client.end());
}

/** From the kernel, which knows what the process holds. */
function residentMegabytes(child: ChildProcess): number {
  const status = process.getBuiltinModule('node:fs').readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

const settings = (): Record<string, string> =>
  Object.fromEntries(Object.entries(SETTINGS).map(([name, value]) => [name, String(value)]));
