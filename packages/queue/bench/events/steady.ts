import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { type BenchResult, type BenchRow, spread } from '../../../../tooling/measure.ts';
import { startPostgres } from '../../src/embedded/index.ts';
import { connect } from '../../src/index.ts';
import { benchLog, newEvent } from '../ingest/events.ts';
import { SETTINGS } from '../ingest/settings.ts';
import { end, startChild } from './child.ts';
import { FOLDS } from './folds.ts';

/** An even load that leaves the machine room: what grows here would grow for ever. */
const EVENTS_PER_SECOND = 500;
/** Samples of a run; the first tenth of the time warms up. */
const SAMPLES = 30;

/** Events at an even rate for so many minutes: what each measure was, and how it changed by the hour. */
export async function steady(minutes: number, progress: (line: string) => void): Promise<BenchResult> {
  await using server = await startPostgres({ settings: SETTINGS });
  const keep = await connect({ url: server.url });
  const client = new pg.Client(server.url);
  await client.connect();
  await keep.ingest(benchLog, newEvent());
  await keep.projections.status(FOLDS['sql'] as NonNullable<(typeof FOLDS)[string]>);
  const { child, lines } = await startChild('consumer', [server.url, 'sql']);
  const taken = new Map<string, { unit: string; values: number[]; hours: number[] }>();
  const start = performance.now();
  let sent = 0;
  const sample = async (): Promise<void> => {
    child.kill('SIGUSR2');
    const said = JSON.parse(String((await lines.next()).value)) as Said;
    const waited = said.waited.toSorted((a, b) => a - b);
    const { rows } = await client.query(
      `select sum(n_dead_tup)::float8 as dead, pg_database_size(current_database())::float8 as disk,
         sum(pg_total_relation_size(relid)) filter (where relname !~ '^(events|seen)_')::float8 as states from pg_stat_user_tables where schemaname like 'scorekeep%'`,
    );
    const hours = (performance.now() - start) / 3_600_000;
    if (hours * 60 < minutes / 10) return;
    const note = (name: string, value: number, unit: string): void => {
      const known = taken.get(name) ?? { unit, values: [], hours: [] };
      known.values.push(value);
      known.hours.push(hours);
      taken.set(name, known);
    };
    note('accepted to applied: p50', waited[Math.floor(waited.length / 2)] ?? Number.NaN, 'ms');
    note('accepted to applied: p99', waited[Math.floor(waited.length * 0.99)] ?? Number.NaN, 'ms');
    note('dead rows', Number(rows[0].dead), 'rows');
    note('memory of the consumer', said.memory / 2 ** 20, 'MiB');
    note('memory of the ingester', process.memoryUsage().rss / 2 ** 20, 'MiB');
    note('disk for each event sent', Number(rows[0].disk) / sent, 'bytes');
    note('disk of all but the log', Number(rows[0].states) / 2 ** 20, 'MiB');
  };
  try {
    let sampled = 0;
    for (const until = minutes * 60_000; performance.now() - start < until; ) {
      const due = Math.floor(((performance.now() - start) / 1000) * EVENTS_PER_SECOND) - sent;
      if (due > 0) await keep.ingest(benchLog, Array.from({ length: due }, newEvent));
      sent += due;
      if (performance.now() - start > ((sampled + 1) * until) / SAMPLES) {
        sampled++;
        await sample();
        progress(`sample ${sampled} of ${SAMPLES}, ${sent} events`);
      }
      await wait(10);
    }
  } finally {
    await end(child);
    await client.end();
    await keep.stop();
  }
  const rows = [...taken].flatMap(([name, { unit, values, hours }]): BenchRow[] => {
    const change = slope(hours, values);
    return [
      { case: name, ...spread(values), unit },
      { case: `${name}, slope`, median: change, min: change, max: change, n: values.length, unit: `${unit} an hour` },
    ];
  });
  const environment = {
    server: 'PostgreSQL 18, fsync on',
    minutes,
    'events a second': EVENTS_PER_SECOND,
    events: sent,
  };
  return { bench: 'events, steady', environment, rows, ratios: {} };
}

/** What the consumer says when it is asked. */
interface Said {
  readonly waited: readonly number[];
  readonly memory: number;
}

/** The slope of the straight line with the least squares. */
function slope(x: readonly number[], y: readonly number[]): number {
  const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [mx, my] = [mean(x), mean(y)];
  const over = x.reduce((sum, value, i) => sum + (value - mx) * ((y[i] ?? 0) - my), 0);
  return over / x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
}
