/**
 * `npm run bench -- scoring`: a run of the pipeline, from the caller's `keep.run` to the last commit, against the plain
 * single-session INSERT … SELECT that does the same work into a table of the same columns, printed in the environment.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { kicktipp } from '@scorekeep/core/contests';
import pg from 'pg';
import type { Bench, BenchRow, Spread } from '../../../tooling/measure.ts';
import { startPostgres } from '../src/embedded/index.ts';
import { type Backend, board, connect, type Keep, projection } from '../src/index.ts';
import { createHostTable, type HostTable, type KeyShape } from './scoring/host-table.ts';

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
  readonly shape: KeyShape;
  readonly backend: Backend;
  readonly workers: number;
  readonly withBoard: boolean;
}

const bench: Bench = async ({ quick, progress }) => {
  await using server = await startPostgres({ settings: SETTINGS });
  const sizes = quick ? [50_000] : [50_000, 500_000, 5_000_000];
  const rows: BenchRow[] = [];
  const ratios: Record<string, Spread> = {};
  let reference = '';
  for (const size of sizes) {
    for (const shape of ['narrow', 'composite'] as const) {
      const host = await createHostTable(server.url, shape, size, 50_000);
      reference = host.plain[2] ?? '';
      const cases = casesOf(shape, size);
      const rounds = quick ? 2 : size > 1_000_000 ? 3 : 5;
      const statement: number[] = [];
      const ours = new Map<Case, { rate: number; enqueue: number; memory: number }[]>(cases.map((one) => [one, []]));
      for (let round = 0; round < rounds; round++) {
        progress(`${size} rows, ${shape} key, round ${round + 1} of ${rounds}`);
        statement.push(await runPlain(server.url, host));
        for (const one of round % 2 === 0 ? cases : cases.toReversed()) {
          const taken = await runOurs(server.url, host, one, `${shape}_${round}_${cases.indexOf(one)}`);
          ours.get(one)?.push(taken);
        }
      }
      const label = (what: string): string => `${size / 1000}K ${shape} ${what}`;
      rows.push({ case: label('statement'), ...spread(statement), unit: 'rows/s' });
      for (const [one, taken] of ours) {
        const name = `${one.backend} x${one.workers}${one.withBoard ? ' with board' : ''}`;
        rows.push({ case: label(name), ...spread(taken.map((sample) => sample.rate)), unit: 'rows/s' });
        rows.push({ case: label(`${name}: enqueue`), ...spread(taken.map((sample) => sample.enqueue)), unit: 'ms' });
        rows.push({
          case: label(`${name}: worker memory`),
          ...spread(taken.map((sample) => sample.memory)),
          unit: 'MB',
        });
        const key = `${size / 1000}K_${shape}_${one.backend}_x${one.workers}${one.withBoard ? '_board' : ''}_vs_statement`;
        ratios[key] = spread(taken.map((sample, i) => sample.rate / (statement[i] ?? 1)));
      }
    }
  }
  return {
    bench: 'scoring',
    environment: { server: 'PostgreSQL 18, fsync on', ...settings(), statement: reference.replace(/\s+/g, ' ') },
    rows,
    ratios,
  };
};
export default bench;

function casesOf(shape: KeyShape, size: number): Case[] {
  const of = (backend: Backend, workers: number, withBoard = false): Case => ({ shape, backend, workers, withBoard });
  const two = [of('sql', 2), of('js', 2)];
  if (shape === 'narrow') return size > 1_000_000 ? two : [...two, of('sql', 1), of('sql', 4)];
  return [...two, of('sql', 2, true)];
}

async function runPlain(url: string, host: HostTable): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(host.plain[0] ?? '');
    await client.query(host.plain[1] ?? '');
    await client.query('checkpoint');
    const start = performance.now();
    await client.query(host.plain[2] ?? '');
    return host.rows / ((performance.now() - start) / 1000);
  } finally {
    await client.query('drop table if exists plain_score');
    await client.end();
  }
}

async function runOurs(
  url: string,
  host: HostTable,
  { backend, workers, withBoard }: Case,
  name: string,
): Promise<{ rate: number; enqueue: number; memory: number }> {
  const points = projection(name, { from: host.log, score: kicktipp, backend });
  const keep = await connect({ url });
  const argument = JSON.stringify({ url, name, log: host.log, backend, withBoard });
  const children = await Promise.all(Array.from({ length: workers }, () => startWorker(argument)));
  try {
    if (withBoard) await keep.top(board(name, { of: points, add: 'sum', ties: ['exactCount', 'subject'] }));
    await keep.status(points);
    await query(url, 'checkpoint');
    const start = performance.now();
    const run = await keep.run(points);
    const enqueue = performance.now() - start;
    const done = await keep.finished(run);
    const seconds = ((done.finishedAt?.getTime() ?? 0) - done.startedAt.getTime() + enqueue) / 1000;
    if (done.scored !== host.rows) throw new Error(`scored ${done.scored} of ${host.rows}`);
    const memory = Math.max(...children.map((child) => residentMegabytes(child)));
    return { rate: host.rows / seconds, enqueue, memory };
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
    `drop table scorekeep.score_${name}_v1, scorekeep.score_${name}_v1_history; drop table if exists scorekeep.standing_${name};
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

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
  return { median: at(0.5), min: at(0), max: at(1), n: sorted.length };
}

const settings = (): Record<string, string> =>
  Object.fromEntries(Object.entries(SETTINGS).map(([name, value]) => [name, String(value)]));
