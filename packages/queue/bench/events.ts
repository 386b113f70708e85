/**
 * `npm run bench -- events`: the whole way of an event, from ingest to applied, a thousand callers, ingester and consumers in
 * processes of their own, on the cores of one machine. Beside it: the same ingest with nothing behind it; one pg-boss job for
 * each event with the same effect; BullMQ and RabbitMQ with no effect at all. A peer that is not installed is named.
 * `--steady 30` is an even load for thirty minutes instead, with the slopes of latency, dead rows, memory and disk.
 */
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { type Bench, type BenchRow, type Spread, spread } from '../../../tooling/measure.ts';
import { cpuSecondsOf } from '../../../tooling/process-cpu.ts';
import { startPostgres } from '../src/embedded/index.ts';
import { connect, type Keep } from '../src/index.ts';
import { end, startChild } from './events/child.ts';
import { FOLDS, HOST_TABLES } from './events/folds.ts';
import { grouped, type Peer, startPeers } from './events/peers.ts';
import { steady } from './events/steady.ts';
import { benchLog, newEvent, type SentEvent } from './ingest/events.ts';
import { SETTINGS } from './ingest/settings.ts';

const CALLERS = 1_000;

/** A fold and how many consumers follow with it. */
const OURS: readonly (readonly [fold: string, consumers: number])[] = [
  ['sql', 1],
  ['js', 1],
  ['step', 1],
  ['step', 2],
  ['step', 4],
  ['throwing', 1],
  ['hosted', 1],
  ['refusing', 1],
];

/** Rounds of measurements by case. */
type Taken = Map<string, { values: number[]; unit: string }>;

const bench: Bench = async ({ quick, steadyMinutes, progress }) => {
  if (steadyMinutes !== undefined) return steady(steadyMinutes, progress);
  await using server = await startPostgres({ settings: SETTINGS });
  const keep = await connect({ url: server.url });
  const client = new pg.Client(server.url);
  await client.connect();
  await client.query(
    `${HOST_TABLES}; create table peer_total (user_id text primary key, total bigint, games bigint, best int, coins bigint)`,
  );
  await keep.ingest(benchLog, newEvent());
  for (const fold of Object.values(FOLDS)) await keep.projections.status(fold);
  const { peers, missing } = await startPeers(server.url);
  for (const name of missing) progress(`left out: ${name}`);
  const taken: Taken = new Map();
  const note = (name: string, value: number, unit: string): void => {
    const known = taken.get(name) ?? { values: [], unit };
    known.values.push(value);
    taken.set(name, known);
  };
  const events = quick ? 5_000 : 200_000;
  const seconds = quick ? 3 : 60;
  const given = { url: server.url, postgres: server.pid, keep, client, events, seconds, note };
  const cases: (readonly [name: string, run: () => Promise<void>])[] = [
    ['ingest alone', () => bare(given)],
    ...OURS.map(
      ([fold, consumers]) => [`${fold}, ${consumers}`, (): Promise<void> => ours(given, fold, consumers)] as const,
    ),
    ...peers.map((peer) => [peer.name, (): Promise<void> => theirs(given, peer)] as const),
    ['100 events/s', () => offered(given)],
  ];
  const rounds = quick ? 1 : 5;
  try {
    for (let round = quick ? 1 : 0; round <= rounds; round++) {
      for (const [name, run] of round % 2 === 0 ? cases : cases.toReversed()) {
        progress(`${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}: ${name}`);
        await empty(client);
        await run();
      }
      if (round === 0) taken.clear();
    }
  } finally {
    for (const peer of peers) await peer.stop();
    await client.end();
    await keep.stop();
  }
  return {
    bench: 'events',
    environment: {
      server: 'PostgreSQL 18, fsync on',
      ...Object.fromEntries(Object.entries(SETTINGS).map(([name, value]) => [name, String(value)])),
      callers: CALLERS,
      events,
      'left out': missing.join(', ') || 'nothing',
    },
    rows: [...taken].map(([name, { values, unit }]): BenchRow => ({ case: name, ...spread(values), unit })),
    ratios: ratios(taken, peers),
    goals: GOALS,
  };
};
export default bench;

/** The folds that are held against each peer. */
const BESIDE_PEERS = ['sql', 'js', 'step'];

/** At least so much of what it is held against; a limit divided by what was taken must be at least 1. */
const GOALS: Readonly<Record<string, number>> = {
  sql_vs_bare_ingest: 0.6,
  js_vs_bare_ingest: 0.5,
  step_vs_bare_ingest: 0.5,
  throwing_1_percent_vs_none: 0.85,
  refused_by_postgres_1_in_1000_vs_none: 0.35,
  ...Object.fromEntries(
    BESIDE_PEERS.flatMap((fold) => [
      [`${fold}_vs_pg_boss`, 3],
      [`${fold}_vs_bullmq`, 5],
      [`${fold}_vs_rabbitmq`, 2],
    ]),
  ),
  offered_100_per_second_50_ms_vs_p99: 1,
  offered_100_per_second_10_percent_vs_consumer_cpu: 1,
};

interface Given {
  readonly url: string;
  readonly postgres: number;
  readonly keep: Keep;
  readonly client: pg.Client;
  readonly events: number;
  readonly seconds: number;
  readonly note: (name: string, value: number, unit: string) => void;
}

function ratios(taken: Taken, peers: readonly Peer[]): Record<string, Spread> {
  const of = (ours: string, reference: string): Spread => {
    const [a, b] = [taken.get(ours)?.values ?? [], taken.get(reference)?.values ?? []];
    return spread(a.map((value, i) => value / (b[i] ?? Number.NaN)));
  };
  const under = (limit: number, name: string): Spread =>
    spread((taken.get(name)?.values ?? []).map((value) => limit / value));
  return {
    sql_vs_bare_ingest: of('sql, 1 consumer', 'ingest, nothing behind it'),
    js_vs_bare_ingest: of('js, 1 consumer', 'ingest, nothing behind it'),
    step_vs_bare_ingest: of('step, 1 consumer', 'ingest, nothing behind it'),
    step_2_consumers_vs_1: of('step, 2 consumers', 'step, 1 consumer'),
    step_4_consumers_vs_1: of('step, 4 consumers', 'step, 1 consumer'),
    throwing_1_percent_vs_none: of('throwing, 1 consumer', 'step, 1 consumer'),
    refused_by_postgres_1_in_1000_vs_none: of('refusing, 1 consumer', 'hosted, 1 consumer'),
    offered_100_per_second_50_ms_vs_p99: under(50, '100 events/s, accepted to applied: p99'),
    offered_100_per_second_10_percent_vs_consumer_cpu: under(10, '100 events/s, consumer'),
    ...Object.fromEntries(
      BESIDE_PEERS.flatMap((fold) =>
        peers.map(({ name }) => [`${fold}_vs_${name.replace('-', '_')}`, of(`${fold}, 1 consumer`, name)]),
      ),
    ),
  };
}

async function empty(client: pg.Client): Promise<void> {
  const tables = ['in_sql', 'in_js', 'stepped', 'throwing'].map((name) => `scorekeep.projection_${name}_v1_1`);
  await client.query(
    `truncate ${tables.join(', ')}, hosted, refusing, peer_total, scorekeep.events_bench, scorekeep.seen_bench, scorekeep.parked_event;
     update scorekeep.log_head set last = 0; update scorekeep.log_consumer set at = 0, rate_at = null, rate_since = null, step = null, suspect = null; delete from scorekeep.step_intent; checkpoint`,
  );
  await client.query(`delete from scorekeep_jobs.job where name like 'parked/%' or name like 'dead/%'`);
}

/** Callers that each wait for their answer before they send the next. */
async function callAll(count: number, send: (event: SentEvent) => Promise<unknown>): Promise<void> {
  const events = Array.from({ length: count }, newEvent);
  const caller = async (): Promise<void> => {
    for (let event = events.pop(); event !== undefined; event = events.pop()) await send(event);
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

async function bare({ keep, events, note }: Given): Promise<void> {
  const start = performance.now();
  await callAll(events, (event) => keep.ingest(benchLog, event));
  note('ingest, nothing behind it', events / ((performance.now() - start) / 1000), 'events/s');
}

/** From the first event sent to the last one applied. */
async function ours({ url, postgres, keep, client, events, note }: Given, name: string, count: number): Promise<void> {
  const label = `${name}, ${count} ${count === 1 ? 'consumer' : 'consumers'}`;
  const consumers = await Promise.all(Array.from({ length: count }, () => startChild('consumer', [url, name])));
  try {
    const used = (): number =>
      consumers.reduce((sum, { child }) => sum + cpuSecondsOf(child.pid ?? 0), cpuSecondsOf(postgres)) +
      process.cpuUsage().user / 1e6 +
      process.cpuUsage().system / 1e6;
    const cpu = used();
    const start = performance.now();
    await callAll(events, (event) => keep.ingest(benchLog, event));
    await applied(client, FOLDS[name]?.name ?? '');
    note(label, events / ((performance.now() - start) / 1000), 'events/s');
    note(`${label}: all processes`, ((used() - cpu) * 1e6) / events, 'CPU µs/event');
    // A benchmark of wrong sums would be worth nothing.
    const status = await keep.projections.status(FOLDS[name] as NonNullable<(typeof FOLDS)[string]>);
    if (status.passed !== events) throw new Error(`${label}: ${status.passed} of ${events} passed`);
    if (status.parked > 0) note(`${label}: put aside`, status.parked, 'events');
  } finally {
    await Promise.all(consumers.map(({ child }) => end(child)));
  }
}

async function applied(client: pg.Client, projection: string): Promise<void> {
  for (;;) {
    const { rows } = await client.query({
      name: 'behind',
      text: `select count(*)::int as behind from scorekeep.log_consumer c join scorekeep.log_head h using (log, shard) where c.consumer = $1 and c.at < h.last`,
      values: [`projection:${projection}_v1:1`],
    });
    if (rows[0]?.behind === 0) return;
    await wait(10);
  }
}

async function theirs({ events, note }: Given, peer: Peer): Promise<void> {
  await peer.clear();
  const consumer = await startChild('peer', [peer.name, peer.place, String(events)]);
  try {
    const start = performance.now();
    await callAll(events, grouped(peer.send));
    await consumer.lines.next();
    note(peer.name, events / ((performance.now() - start) / 1000), 'events/s');
  } finally {
    consumer.child.kill('SIGKILL');
    await once(consumer.child, 'exit');
  }
}

/** A hundred events a second: how long each takes from accepted to applied, and what the consumer costs. */
async function offered({ url, postgres, keep, seconds, note }: Given): Promise<void> {
  const { child, lines } = await startChild('consumer', [url, 'sql']);
  const server = cpuSecondsOf(postgres);
  const start = performance.now();
  const sent: Promise<unknown>[] = [];
  for (let n = 0; n < seconds * 100; n++) {
    sent.push(keep.ingest(benchLog, newEvent()));
    await wait(Math.max(0, start + (n + 1) * 10 - performance.now()));
  }
  await Promise.all(sent);
  await wait(500);
  const took = (performance.now() - start) / 1000;
  const withPostgres = cpuSecondsOf(postgres) - server;
  child.kill('SIGTERM');
  const said = JSON.parse(String((await lines.next()).value)) as { waited: number[]; cpuSeconds: number };
  await end(child);
  const waited = said.waited.toSorted((a, b) => a - b);
  const at = (share: number): number => waited[Math.floor(waited.length * share)] ?? Number.NaN;
  note('100 events/s, accepted to applied: p50', at(0.5), 'ms');
  note('100 events/s, accepted to applied: p99', at(0.99), 'ms');
  note('100 events/s, consumer', (said.cpuSeconds / took) * 100, '% of a core');
  note('100 events/s, Postgres for ingest and consumer', (withPostgres / took) * 100, '% of a core');
}
