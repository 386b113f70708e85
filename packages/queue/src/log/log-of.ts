import type pg from 'pg';
import { ScorekeepError } from '../errors.ts';
import { publish } from '../facts.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import { append, type Streams } from './append.ts';
import { askAgain } from './ask-again.ts';
import { auditedReads } from './audit.ts';
import { consume } from './consume.ts';
import { readConsumers, retireConsumer } from './consumers.ts';
import { decideStream } from './decide-stream.ts';
import { openDrifts } from './drift.ts';
import { erase } from './erase.ts';
import type { EventLog } from './event-log.ts';
import { catchUp, foldStreamOf, historyOf } from './fold-stream.ts';
import { type Ingester, openIngester } from './ingest.ts';
import type { KeepLog, KeepLogs } from './keep-log.ts';
import { prune } from './prune.ts';
import { type LoggedEvent, readHeads, readShard } from './read-log.ts';
import { readStream, verifyStream } from './read-stream.ts';
import { type ErrorsOf, readRecent } from './recent.ts';
import { eventTable, type RegisteredLog, registerLog } from './register-log.ts';
import { exportLines, type ReplayRange, replay } from './replay.ts';
import { discard, readQuarantine, release } from './review-quarantine.ts';
import { readStatistics } from './statistics.ts';

/** What the logs of a connection work with. */
export interface LogContext {
  readonly pool: pg.Pool;
  /** For what must not wait behind the transactions of the host that need it. */
  readonly registrar: pg.Pool;
  readonly schema: string;
  /** Remembers what succeeded; refuses when the connection has been stopped. */
  readonly once: <K extends object, T>(cache: WeakMap<K, Promise<T>>, key: K, make: () => Promise<T>) => Promise<T>;
  /** What consumers have to say about events; nothing, unless given. */
  readonly errorsOf?: ErrorsOf;
}

/** How long the first use of a log waits for the database, which may have its tables to make, in milliseconds. */
const REGISTER_MS = 10_000;

/** A log that is in use. */
interface Known {
  readonly registered: RegisteredLog;
  readonly ingester: Ingester;
}

/** The methods of the handle that concern logs, and how to end: everything that was taken is written first. */
export function logOf(context: LogContext): {
  methods: KeepLog;
  know: (log: EventLog) => Promise<RegisteredLog>;
  stop: () => Promise<void>;
} {
  const { pool, registrar, schema, once } = context;
  const logs = new WeakMap<EventLog, Promise<Known>>();
  // Whoever ingests single events by the ten thousand should not wait for a promise that was kept long ago.
  let ready = new WeakMap<EventLog, Ingester>();
  const stops = new Set<() => Promise<void>>();

  const know = async (log: EventLog): Promise<Known> => {
    if (log?.kind !== 'events') {
      throw new ScorekeepError('DEFINITION_INVALID', 'The first argument must be made by eventLog(name, { types }).');
    }
    return once(logs, log, async () => {
      const [registered, clock] = await askAgain({ pool: registrar, log, patience: REGISTER_MS }, () =>
        transaction(registrar, async (tx) => {
          const made = await registerLog(tx, schema, log);
          const { rows } = await tx.query('select (extract(epoch from clock_timestamp()) * 1000)::int8 as clock');
          return [made, integer(rows[0], 'clock')] as const;
        }),
      );
      const drifts = openDrifts(pool, registered);
      const ingester = openIngester({ pool, log, registered, clock, drifts });
      stops.add(async () => {
        await ingester.idle();
        await drifts.flush().catch((error: unknown) => publish('background.error', { where: 'drift', error }));
      });
      ready.set(log, ingester);
      return { registered, ingester };
    });
  };
  const registeredOf = async (log: EventLog): Promise<RegisteredLog> => (await know(log)).registered;
  const streamsOf = async (log: EventLog): Promise<Streams> => {
    const { registered, ingester } = await know(log);
    return { pool, sql: pool, registrar, log, registered, now: ingester.now };
  };
  async function* replayOf(log: EventLog, range?: ReplayRange): AsyncGenerator<LoggedEvent, void> {
    yield* replay(pool, log, await registeredOf(log), range);
  }

  const keepLogs: KeepLogs = {
    read: async (log, range) => readShard(pool, log, await registeredOf(log), range),
    recent: async (log, options) => {
      const errorsOf = context.errorsOf ?? (async () => new Map());
      return readRecent(pool, log, await registeredOf(log), errorsOf, options);
    },
    statistics: async (log) => readStatistics(pool, await registeredOf(log)),
    replay: replayOf,
    export: (log, range) => exportLines(replayOf(log, range)),
    prune: async (log, options) => prune(await streamsOf(log), options),
    heads: async (log) => readHeads(pool, await registeredOf(log)),
    consumers: async (log) => readConsumers(pool, await registeredOf(log)),
    retireConsumer: async (log, consumer) => retireConsumer(pool, await registeredOf(log), consumer),
    audited: async (log, options) => auditedReads(pool, await registeredOf(log), options),
    erase: async (log, subject) => erase(pool, await registeredOf(log), subject),
    verifyChain: async (log, stream) => verifyStream(await streamsOf(log), stream),
    history: async (log, stream, fold) => historyOf(await streamsOf(log), stream, fold),
    async setReadonly(log, readonly) {
      const registered = await registeredOf(log);
      await pool.query(`update ${quote(schema)}.log_head set readonly = $2 where log = $1`, [registered.id, readonly]);
      if (!readonly) return;
      // Whoever saw the log open holds one of these until he commits; whoever comes later sees it closed.
      for (const table of [`only ${eventTable(registered)}`, `${quote(schema)}.quarantine`]) {
        await transaction(pool, (tx) => tx.query(`lock table ${table} in share mode`));
      }
    },
    quarantined: async (log, options) => readQuarantine(pool, await registeredOf(log), options),
    release: async (log, events) => release(pool, await registeredOf(log), events),
    discard: async (log, events) => discard(pool, await registeredOf(log), events),
  };
  const methods: KeepLog = {
    ingest: (log, input) => ready.get(log)?.ingest(input) ?? know(log).then(({ ingester }) => ingester.ingest(input)),
    consume: async (log, consumer, handle, options) =>
      consume(pool, log, await registeredOf(log), consumer, handle, options),
    append: async (log, stream, events, options) => append(await streamsOf(log), stream, events, options),
    decide: async (log, stream, decider, command, options) =>
      decideStream(await streamsOf(log), stream, decider, command, options),
    read: async (log, stream, options) => readStream(await streamsOf(log), stream, options),
    fold: async (log, stream, fold, options) => foldStreamOf(await streamsOf(log), stream, fold, options),
    catchUp: async (log, stream, fold, options) => catchUp(await streamsOf(log), stream, fold, options),
    logs: keepLogs,
  };
  return {
    methods,
    know: registeredOf,
    async stop() {
      ready = new WeakMap();
      for (const stop of stops) await stop();
    },
  };
}
