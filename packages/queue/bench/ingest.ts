/**
 * `npm run bench -- ingest`: durable ingest, a receipt per event after commit, against one INSERT per event, against
 * ready-made 1000-row inserts into the same tables, and behind Fastify against a bare echo of JSON.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import pg from 'pg';
import { type Bench, type BenchRow, type Spread, spread } from '../../../tooling/measure.ts';
import { startPostgres } from '../src/embedded/index.ts';
import { connect, type EventLog, type Keep } from '../src/index.ts';
import { benchLog, emptyLog, grownLog, newEvent, newEventText, type SentEvent } from './ingest/events.ts';
import {
  INSERT_PER_EVENT,
  insertOne,
  insertReadyMade,
  READY_MADE_SHARDS,
  REFERENCE_TABLES,
  readyMade,
} from './ingest/reference.ts';
import { SETTINGS } from './ingest/settings.ts';

/** Events of one round by callers. */
const EVENTS: ReadonlyMap<number, number> = new Map([
  [1, 4_000],
  [10, 20_000],
  [100, 60_000],
  [1000, 200_000],
]);

/** Callers of ingest, in turn with ready-made rows. */
interface Callers {
  readonly name: string;
  readonly log: EventLog;
  readonly callers: number;
  /** Whether each call has an array of a hundred. */
  readonly arrays?: true;
}

/** Ready-made rows by the thousand. */
interface ReadyMade {
  readonly name: string;
  readonly log: EventLog;
  readonly connections: number;
  /** Whether each connection writes to a shard of its own, in place of all shards of the log. */
  readonly apart: boolean;
}

/** As many in flight as one writer of a thousand rows has, as two have, and as two have and what is checked and answered meanwhile. */
const CROWD: Callers = { name: 'ingest, 1000 callers, a log that grows', log: grownLog, callers: 1_000 };
const CROWD_OF_TWO: Callers = { name: 'ingest, 2000 callers, a log that grows', log: grownLog, callers: 2_000 };
const MANY: Callers = { name: 'ingest, 4000 callers, a log that grows', log: grownLog, callers: 4_000 };
const CROWD_EMPTY: Callers = { name: 'ingest, 1000 callers, an empty log', log: emptyLog, callers: 1_000 };
const ARRAYS: Callers = {
  name: 'ingest, 20 callers x 100, a log that grows',
  log: grownLog,
  callers: 20,
  arrays: true,
};
/** The rows that ingest writes, where ingest writes them. */
const TWO: ReadyMade = { name: 'ready-made 1000 rows, 2 connections', log: grownLog, connections: 2, apart: false };
const ONE: ReadyMade = { name: 'ready-made 1000 rows, 1 connection', log: grownLog, connections: 1, apart: false };
/** Two shards in all, each of which grows at its end only. */
const OWN_SHARDS: ReadyMade = { ...TWO, name: 'ready-made 1000 rows, 2 connections, own shards', apart: true };
const TWO_EMPTY: ReadyMade = { ...TWO, name: 'ready-made 1000 rows, 2 connections, an empty log', log: emptyLog };
const IN_TURN = [CROWD, TWO, CROWD_OF_TWO, MANY, ARRAYS, ONE, OWN_SHARDS, CROWD_EMPTY, TWO_EMPTY];

/** How often they take turns in a round, and the events of each: a second or two, so that a neighbour of the machine hits all. */
const TURNS = 4;
const TURN_EVENTS = 60_000;

/** Rounds of measurements by case. */
type Taken = Map<string, { values: number[]; unit: string }>;

const bench: Bench = async ({ quick, progress }) => {
  await using server = await startPostgres({ settings: SETTINGS });
  const keep = await connect({ url: server.url });
  const plain = new pg.Pool({ connectionString: server.url, max: 20 });
  const taken: Taken = new Map();
  const rounds = quick ? 2 : 5;
  try {
    for (const log of [benchLog, grownLog, emptyLog]) await keep.ingest(log, newEvent());
    await plain.query(REFERENCE_TABLES);
    const cases: (() => Promise<void>)[] = [];
    for (const [callers, events] of EVENTS) {
      const count = quick ? events / 10 : events;
      const ours = `ingest, ${callers} callers`;
      const theirs = `INSERT per event, ${callers} callers`;
      const take = (): Promise<void> =>
        inTurn(taken, callers === 1 ? BLOCKS : 1, callers, count, [
          [theirs, (event) => insertOne(plain, event)],
          [ours, (event) => keep.ingest(benchLog, event)],
        ]);
      // A latency of which a hundredth matters is taken as often as what takes turns below.
      cases.push(...new Array<() => Promise<void>>(callers === 1 ? TURNS : 1).fill(take));
    }
    let turn = 0;
    const takeTurns = async (): Promise<void> => {
      const count = quick ? TURN_EVENTS / 10 : TURN_EVENTS;
      for (const end = turn + TURNS; turn < end; turn++) {
        await empty(plain, emptyLog);
        for (const one of turn % 2 === 0 ? IN_TURN : IN_TURN.toReversed()) {
          if ('connections' in one) await fill(taken, server.url, one, turn, count / 1_000);
          else if (one.arrays) await arrays(taken, keep, one, count / 100);
          else await inTurn(taken, 1, one.callers, count, [[one.name, (event) => keep.ingest(one.log, event)]]);
        }
      }
    };
    cases.push(takeTurns, () => http(taken, server.url, quick ? 1 : 6));
    for (let round = 0; round <= rounds; round++) {
      progress(round === 0 ? 'warm-up' : `round ${round} of ${rounds}`);
      await plain.query('truncate plain_event, plain_seen');
      await empty(plain, benchLog);
      for (const one of round % 2 === 0 ? cases : cases.toReversed()) await one();
      if (round === 0) taken.clear();
    }
  } finally {
    await plain.end();
    await keep.stop();
  }
  return {
    bench: 'ingest',
    environment: {
      server: 'PostgreSQL 18, fsync on',
      ...Object.fromEntries(Object.entries(SETTINGS).map(([name, value]) => [name, String(value)])),
      'INSERT per event': INSERT_PER_EVENT.replace(/\s+/g, ' '),
      'ready-made': insertReadyMade(grownLog.name).replace(/\s+/g, ' '),
    },
    rows: [...taken].map(([name, { values, unit }]): BenchRow => ({ case: name, ...spread(values), unit })),
    ratios: ratios(taken),
    goals: GOALS,
  };
};
export default bench;

/** Of issue 6. A latency of at most 1.15 of the plain insert's is a ratio of at least 1 / 1.15. */
const GOALS: Readonly<Record<string, number>> = {
  ingest_100_vs_insert_per_event: 4,
  ingest_1000_vs_insert_per_event: 5,
  insert_latency_vs_ingest_latency_1: 0.87,
  ingest_1000_vs_ready_made: 0.55,
  ingest_1000_vs_ready_made_empty: 0.55,
  ingest_1000_vs_ready_made_by_one: 0.55,
  ingest_2000_vs_ready_made: 0.55,
  ingest_4000_vs_ready_made: 0.55,
  http_single_vs_echo: 0.45,
  http_events_in_100_vs_echo: 2,
  http_50_ms_vs_p99_at_100_connections: 1,
};

function ratios(taken: Taken): Record<string, Spread> {
  const of = (ours: string, reference: string, factor = 1): Spread => {
    const [a, b] = [taken.get(ours)?.values ?? [], taken.get(reference)?.values ?? []];
    return spread(a.map((value, i) => (value / (b[i] ?? Number.NaN)) * factor));
  };
  return {
    ...Object.fromEntries(
      [...EVENTS.keys()].map((callers) => [
        `ingest_${callers}_vs_insert_per_event`,
        of(`ingest, ${callers} callers`, `INSERT per event, ${callers} callers`),
      ]),
    ),
    insert_latency_vs_ingest_latency_1: of('INSERT per event, 1 callers: p50', 'ingest, 1 callers: p50'),
    ingest_1000_vs_ready_made: of(CROWD.name, TWO.name),
    ingest_1000_vs_ready_made_empty: of(CROWD_EMPTY.name, TWO_EMPTY.name),
    ingest_1000_vs_ready_made_by_one: of(CROWD.name, ONE.name),
    ingest_1000_vs_ready_made_in_own_shards: of(CROWD.name, OWN_SHARDS.name),
    ingest_2000_vs_ready_made: of(CROWD_OF_TWO.name, TWO.name),
    ingest_arrays_vs_ready_made: of(ARRAYS.name, TWO.name),
    ingest_4000_vs_ready_made: of(MANY.name, TWO.name),
    ingest_4000_vs_ready_made_in_own_shards: of(MANY.name, OWN_SHARDS.name),
    http_single_vs_echo: of('HTTP /events, single', 'HTTP /echo, single'),
    http_50_ms_vs_p99_at_100_connections: spread(
      (taken.get('HTTP /events, single: p99')?.values ?? []).map((p99) => 50 / p99),
    ),
    http_events_in_100_vs_echo: of('HTTP /events, arrays of 100', 'HTTP /echo, single', 100),
  };
}

function note(taken: Taken, name: string, value: number, unit: string): void {
  const known = taken.get(name) ?? { values: [], unit };
  known.values.push(value);
  taken.set(name, known);
}

/** Empties a log. The disk has what came before. */
async function empty(pool: pg.Pool, { name }: EventLog): Promise<void> {
  await pool.query(
    `truncate scorekeep.events_${name}, scorekeep.seen_${name};
     update scorekeep.log_head set last = 0 where log = (select id from scorekeep.event_log where name = '${name}'); checkpoint`,
  );
}

/** How often two who are alone take turns within a round: what a neighbour of the machine does in a second is to hit both. */
const BLOCKS = 20;

/** Callers that each wait for their answer before they send the next, of each kind in turn; throughput and latencies. */
async function inTurn(
  taken: Taken,
  blocks: number,
  callers: number,
  count: number,
  kinds: readonly (readonly [name: string, send: (event: SentEvent) => Promise<unknown>])[],
): Promise<void> {
  const all = kinds.map(([name, send]) => ({ name, send, latencies: [] as number[], milliseconds: 0, cpu: 0 }));
  for (let block = 0; block < blocks; block++) {
    for (const kind of block % 2 === 0 ? all : all.toReversed()) {
      const events = Array.from({ length: count / blocks }, newEvent);
      const cpu = process.cpuUsage();
      const start = performance.now();
      const caller = async (): Promise<void> => {
        for (let event = events.pop(); event !== undefined; event = events.pop()) {
          const sent = performance.now();
          await kind.send(event);
          kind.latencies.push(performance.now() - sent);
        }
      };
      await Promise.all(Array.from({ length: callers }, caller));
      kind.milliseconds += performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      kind.cpu += user + system;
    }
  }
  for (const { name, latencies, milliseconds, cpu } of all) {
    latencies.sort((a, b) => a - b);
    note(taken, name, (count / milliseconds) * 1_000, 'events/s');
    note(taken, `${name}: p50`, latencies[Math.floor(count * 0.5)] ?? Number.NaN, 'ms');
    note(taken, `${name}: p99`, latencies[Math.floor(count * 0.99)] ?? Number.NaN, 'ms');
    note(taken, `${name}: this process`, cpu / count, 'CPU µs/event');
  }
}

/** Ready-made rows, each connection with a thousand under way. */
async function fill(taken: Taken, url: string, kind: ReadyMade, turn: number, batches: number): Promise<void> {
  const { name, log, connections, apart } = kind;
  const pool = new pg.Pool({ connectionString: url, max: connections });
  try {
    const { rows } = await pool.query<{ id: number; shards: number }>(
      'select id, shards from scorekeep.event_log where name = $1',
      [log.name],
    );
    const { id, shards } = rows[0] as { id: number; shards: number };
    // Each kind has shards of its own, which grow as those of the log do.
    const first = READY_MADE_SHARDS + IN_TURN.indexOf(kind) * shards;
    const ready = Array.from({ length: batches }, (_, i) => {
      const events = Array.from({ length: 1_000 }, newEvent);
      return apart ? readyMade(events, 1, first + (i % connections)) : readyMade(events, shards, first);
    });
    const text = insertReadyMade(log.name);
    let next = 0;
    const start = performance.now();
    await Promise.all(
      Array.from({ length: connections }, async () => {
        for (let i = next++; i < batches; i = next++) {
          // Among the positions of the log: the segment is the same, the numbers do not matter here.
          const values = [...(ready[i] as readonly string[]), id, (turn * batches + i) * 1_000];
          await pool.query({ name: 'ready', text, values });
        }
      }),
    );
    note(taken, name, (batches * 1_000) / ((performance.now() - start) / 1000), 'events/s');
  } finally {
    await pool.end();
  }
}

/** Callers with arrays of a hundred. */
async function arrays(taken: Taken, keep: Keep, { name, log, callers }: Callers, calls: number): Promise<void> {
  const requests = Array.from({ length: calls }, () => Array.from({ length: 100 }, newEvent));
  const start = performance.now();
  const caller = async (): Promise<void> => {
    for (let events = requests.pop(); events !== undefined; events = requests.pop()) await keep.ingest(log, events);
  };
  await Promise.all(Array.from({ length: callers }, caller));
  note(taken, name, (calls * 100) / ((performance.now() - start) / 1000), 'events/s');
}

/** A host in a process of its own, loaded from this one over 100 connections. */
async function http(taken: Taken, url: string, duration: number): Promise<void> {
  const [child, address] = await startServer(url);
  try {
    const ask = async (name: string, path: string, body: () => string, seconds: number): Promise<autocannon.Result> => {
      const result = await autocannon({
        url: `${address}${path}`,
        connections: 100,
        duration: seconds,
        requests: [
          {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            setupRequest: (request) => ({ ...request, body: body() }),
          },
        ],
      });
      if (result.non2xx + result.errors > 0)
        throw new Error(`${name}: ${result.non2xx} refused, ${result.errors} failed`);
      return result;
    };
    const load = async (name: string, path: string, body: () => string): Promise<void> => {
      // A process that has just begun compiles for a second what it runs.
      await ask(name, path, body, 1);
      const result = await ask(name, path, body, duration);
      note(taken, name, result.requests.average, 'requests/s');
      note(taken, `${name}: p99`, result.latency.p99, 'ms');
    };
    await load('HTTP /echo, single', '/echo', newEventText);
    await load('HTTP /events, single', '/events', newEventText);
    await load('HTTP /events, arrays of 100', '/events', () => `[${Array.from({ length: 100 }, newEventText).join()}]`);
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
}

async function startServer(url: string): Promise<[ChildProcess, string]> {
  const script = fileURLToPath(new URL('ingest/server.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@scorekeep/source', script, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return [child, line.toString().trim()];
}
