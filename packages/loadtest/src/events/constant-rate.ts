import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { connectionsLeft } from '../database/connections-left.ts';
import { type Expendable, empty } from '../database/open-database.ts';
import type { ScenarioMeasurements } from '../gate/measurements.ts';
import type { Moment } from '../gate/observed.ts';
import { percentileCurve } from '../statistics/percentile-curve.ts';
import { quantile } from '../statistics/quantile.ts';
import { RESULTS, reconcileEvents, scoreOf, userOf } from './events.ts';
import { startHost } from './host-process.ts';
import { LAG_MS_MAX, openLoop } from './open-loop.ts';

export interface ConstantRateOptions {
  /** Events per second. */
  readonly rate: number;
  readonly seconds: number;
  /** How often it is looked what waits and what grows. 1 unless given. */
  readonly lookEverySeconds?: number;
  /** Whether memory is what the host holds after a collection: see `startHost`. */
  readonly collects?: boolean;
  readonly onProgress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Sends events at a constant rate to a host of their own, waits for the results of all of them, and looks at every row. */
export async function constantRate(
  database: Expendable,
  { rate, seconds, lookEverySeconds = 1, collects = false, onProgress, signal }: ConstantRateOptions,
): Promise<ScenarioMeasurements> {
  await empty(database);
  await database.pool.query(RESULTS);
  const host = await startHost(database.url, { collects });
  const acknowledged: number[] = [];
  const send = async (n: number): Promise<boolean> => {
    const accepted = await post(`${host.url}/events`, n);
    if (accepted) acknowledged.push(n);
    return accepted;
  };
  try {
    for (let n = 0; n < WARM_UP; n++) await send(1_000_000_000 + n);
    acknowledged.length = 0;
    await done(database, WARM_UP, LATE_MS);
    await database.pool.query('truncate loadtest.result');
    const count = Math.round(rate * seconds);
    const series: Moment[] = [];
    const began = performance.now();
    const looking = setInterval(() => {
      void look(database).then(
        ({ results, ...grown }) => {
          const backlog = Math.max(0, acknowledged.length - results);
          series.push({ second: (performance.now() - began) / 1000, backlog, memory: host.memory(), ...grown });
          onProgress(`${acknowledged.length} of ${count} events acknowledged, ${results} processed`);
        },
        () => undefined,
      );
    }, lookEverySeconds * 1000);
    const loop = await openLoop({ rate, count, send, signal }).finally(() => clearInterval(looking));
    const inTime = await done(database, acknowledged.length, IN_TIME_MS);
    await done(database, acknowledged.length, LATE_MS);
    await host.stop();
    const { lost, duplicated, misScored, endToEndP95Ms } = await reconcileEvents(database.pool, acknowledged);
    const at = (share: number): number[] => (loop.latencies.length === 0 ? [] : [quantile(loop.latencies, share)]);
    return {
      samples: count,
      invariants: {
        'rows.lost': lost,
        'rows.duplicated': duplicated,
        'rows.mis_scored': misScored,
        'connections.leaked': await connectionsLeft(database.pool),
      },
      windows: {
        'latency.p50_ms': at(0.5),
        'latency.p95_ms': at(0.95),
        'latency.p99_ms': at(0.99),
        'latency.max_ms': at(1),
        'end_to_end.p95_ms': [endToEndP95Ms],
        'processed.share': [inTime / count],
        'error.rate': [loop.failed / count],
        'backlog.max': [Math.max(0, ...series.map(({ backlog = 0 }) => backlog))],
      },
      observed: { series, percentiles: percentileCurve(loop.latencies), configuration: host.effective },
      ...(loop.valid
        ? {}
        : {
            disturbed: [
              `the generator started requests ${loop.lagMs.toFixed(1)} ms late at p99, more than ${LAG_MS_MAX} ms`,
            ],
          }),
    };
  } finally {
    await host.stop();
  }
}

/** What is processed later than this after the last event was not processed in time. */
const IN_TIME_MS = 5_000;
/** What is not processed by then never will be. */
const LATE_MS = 60_000;
/** Requests before anything counts: connections, plans and compilers warm up. */
const WARM_UP = 50;

async function post(url: string, n: number): Promise<boolean> {
  const body = JSON.stringify({
    id: randomUUID(),
    type: 'played',
    time: new Date().toISOString(),
    data: { user_id: userOf(n), n, score: scoreOf(n) },
  });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(30_000) });
  const [receipt] = (await response.json()) as readonly { readonly status?: string }[];
  return response.status === 202 && receipt?.status === 'accepted';
}

const processed = async ({ pool }: Expendable): Promise<number> =>
  Number((await pool.query('select count(*)::int as n from loadtest.result')).rows[0]?.n);

/** What there is, and what lies in the way: rows that a vacuum has yet to clear, bytes of the database without its log. */
async function look({ pool }: Expendable): Promise<{ results: number; deadTuples: number; disk: number }> {
  const { rows } = await pool.query(
    `select (select count(*)::int from loadtest.result) as results,
       (select coalesce(sum(n_dead_tup), 0)::float8 from pg_stat_user_tables) as "deadTuples",
       pg_database_size(current_database())::float8 as disk`,
  );
  return rows[0];
}

/** Waits until as many results are there, or so long; gives how many there are. */
async function done(database: Expendable, count: number, milliseconds: number): Promise<number> {
  const until = performance.now() + milliseconds;
  for (;;) {
    const results = await processed(database);
    if (results >= count || performance.now() > until) return results;
    await wait(50);
  }
}
