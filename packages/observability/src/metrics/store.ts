import type { Keep, Stats } from '@scorekeep/queue';
import { errorCode } from '../logs/error-code.ts';
import type { Log } from '../logs/log.ts';
import { createRepeats } from '../logs/repeated.ts';
import { desiredWorkers, type Scaling } from './desired-workers.ts';
import type { Meters, Put } from './meters.ts';

/** What is read of the store, and how old it is. */
interface StoreReading {
  readonly schema: string;
  /** Undefined when another process reads for all, or when the last reading is too old to be shown. */
  readonly stats: Stats | undefined;
  /** Seconds since any process last read. */
  readonly ageSeconds: number;
}

export interface Store {
  open(schema: string, keep: Keep): void;
  close(keep: Keep): void;
  /** Asks now, whatever the interval; never throws. */
  refresh(): Promise<void>;
  readings(): readonly StoreReading[];
  keeps(): readonly Keep[];
  stop(): void;
}

/**
 * The figures of the store as gauges. Of all processes one reads, for as long as it lives; each knows how old the latest
 * reading is, by the database's clock and since then by its own monotonic one. A reading older than three intervals is
 * not shown any more: a gauge stops rather than repeats itself, and `scorekeep.snapshot.age` says so.
 */
export function createStore(
  meters: Meters,
  log: Log,
  { intervalSeconds, scaling }: { intervalSeconds: number; scaling: Scaling },
): Store {
  const connections = new Map<Keep, Connection>();
  const repeats = createRepeats();
  const began = performance.now();

  const read = async (keep: Keep, connection: Connection): Promise<void> => {
    meters.refresh();
    connection.reading ??= (async () => {
      try {
        const { stats, ageSeconds } = await keep.observe({ leaseSeconds: LEASE_INTERVALS * intervalSeconds });
        connection.latest = { stats, ageSeconds, at: performance.now() };
      } catch (error) {
        const code = errorCode(error);
        const repeated = repeats(code, performance.now());
        if (repeated !== undefined) log.emit('snapshot.failed', { code, repeated });
      } finally {
        connection.reading = undefined;
      }
    })();
    return connection.reading;
  };
  const refresh = async (): Promise<void> => {
    await Promise.all([...connections].map(([keep, connection]) => read(keep, connection)));
  };
  // Processes that started together should not ask together.
  const timer = setInterval(() => void refresh(), intervalSeconds * 1_000 * (0.9 + Math.random() * 0.2));
  timer.unref();

  const readings = (): StoreReading[] =>
    [...connections.values()].map(({ schema, latest, since }) => {
      const now = performance.now();
      const known = latest?.ageSeconds ?? undefined;
      const ageSeconds = known === undefined ? (now - since) / 1_000 : known + (now - (latest?.at ?? now)) / 1_000;
      const shown = ageSeconds <= STALE_INTERVALS * intervalSeconds;
      return { schema, stats: shown ? latest?.stats : undefined, ageSeconds };
    });

  meters.gauges((put) => {
    const ages = new Map<string, number>();
    for (const { schema, stats, ageSeconds } of readings()) {
      ages.set(schema, Math.min(ageSeconds, ages.get(schema) ?? ageSeconds));
      if (stats !== undefined) putStats(put, schema, stats, scaling);
    }
    for (const [schema, age] of ages) put('scorekeep.snapshot.age', age, { 'scorekeep.schema': schema });
    putPools(put, [...connections]);
  });

  return {
    open(schema, keep) {
      const connection: Connection = {
        schema,
        since: Math.max(began, performance.now()),
        latest: undefined,
        reading: undefined,
      };
      connections.set(keep, connection);
      void read(keep, connection);
    },
    close(keep) {
      if (connections.delete(keep)) keep.stopObserving().catch(() => undefined);
    },
    refresh,
    readings,
    keeps: () => [...connections.keys()],
    stop: () => clearInterval(timer),
  };
}

interface Connection {
  readonly schema: string;
  readonly since: number;
  latest: { readonly stats: Stats | undefined; readonly ageSeconds: number | null; readonly at: number } | undefined;
  reading: Promise<void> | undefined;
}

/** One missed reading is no reason to change hands, three are. */
const LEASE_INTERVALS = 3;
const STALE_INTERVALS = 3;

/** What a drain that does not move is said to take: infinity has no JSON. */
const NEVER_SECONDS = 31_536_000;

function putStats(put: Put, schema: string, stats: Stats, scaling: Scaling): void {
  const of = { 'scorekeep.schema': schema };
  for (const queue of stats.queues) {
    const at = { ...of, 'messaging.destination.name': queue.queue };
    for (const state of ['ready', 'deferred', 'blocked', 'active', 'failed'] as const) {
      put('scorekeep.queue.messages', queue[state], { ...at, 'scorekeep.state': state });
    }
    put('scorekeep.queue.oldest.age', queue.oldestSeconds, at);
    const { completedPerSecond } = queue;
    if (completedPerSecond === null) continue;
    const left = queue.ready + queue.active;
    const seconds = left === 0 ? 0 : completedPerSecond > 0 ? left / completedPerSecond : NEVER_SECONDS;
    put('scorekeep.queue.drain.estimate', seconds, at);
  }
  for (const { log, consumer, behind, lagSeconds } of stats.consumers) {
    const at = { ...of, 'messaging.destination.name': `log/${log}`, 'scorekeep.name': consumer };
    put('scorekeep.consumer.lag', lagSeconds, at);
    put('scorekeep.consumer.behind', behind, at);
  }
  if (stats.scheduleLagSeconds !== null) put('scorekeep.schedule.lag', stats.scheduleLagSeconds, of);
  for (const projection of stats.projections) {
    const at = { ...of, 'scorekeep.projection': projection.label };
    const { runs, paused, expected, processed, remaining, lagSeconds } = projection;
    put('scorekeep.run.active', runs - paused, { ...at, 'scorekeep.state': 'running' });
    put('scorekeep.run.active', paused, { ...at, 'scorekeep.state': 'paused' });
    put('scorekeep.run.remaining', remaining, at);
    put('scorekeep.run.progress', expected === 0 ? 1 : Math.min(1, processed / expected), at);
    put('scorekeep.projection.lag', lagSeconds, at);
    const queue = stats.queues.find((one) => one.queue === `slices/${projection.label}`);
    put('scorekeep.workers.desired', desiredWorkers(projection, queue, scaling), at);
  }
  for (const table of stats.tables) {
    const at = { ...of, 'scorekeep.table': table.kind };
    put('scorekeep.table.tuples', table.liveTuples, { ...at, 'scorekeep.state': 'live' });
    put('scorekeep.table.tuples', table.deadTuples, { ...at, 'scorekeep.state': 'dead' });
    put('scorekeep.table.size', table.bytes, at);
    put('scorekeep.index.bloat', table.indexBloatBytes, at);
  }
  put('scorekeep.transaction.longest', stats.longestTransactionSeconds, of);
}

/** Connections of this process, those of one schema taken together. */
function putPools(put: Put, connections: readonly (readonly [Keep, Connection])[]): void {
  for (const schema of new Set(connections.map(([, connection]) => connection.schema))) {
    const pools = connections.filter(([, connection]) => connection.schema === schema).map(([keep]) => keep.pool());
    const sum = (pick: (pool: ReturnType<Keep['pool']>) => number): number =>
      pools.reduce((all, pool) => all + pick(pool), 0);
    const name = { 'db.client.connection.pool.name': schema };
    put(
      'db.client.connection.count',
      sum((pool) => pool.used),
      { ...name, 'db.client.connection.state': 'used' },
    );
    put(
      'db.client.connection.count',
      sum((pool) => pool.idle),
      { ...name, 'db.client.connection.state': 'idle' },
    );
    put(
      'db.client.connection.max',
      sum((pool) => pool.max),
      name,
    );
    put(
      'db.client.connection.pending_requests',
      sum((pool) => pool.waiting),
      name,
    );
  }
}
