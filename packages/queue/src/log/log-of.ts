import type pg from 'pg';
import { ScorekeepError } from '../errors.ts';
import { integer } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import { append, type Streams } from './append.ts';
import { openDrifts } from './drift.ts';
import type { EventLog } from './event-log.ts';
import { catchUp, foldStreamOf } from './fold-stream.ts';
import { type Ingester, openIngester } from './ingest.ts';
import type { KeepLog } from './keep-log.ts';
import { readShard } from './read-log.ts';
import { readStream, verifyStream } from './read-stream.ts';
import { type RegisteredLog, registerLog } from './register-log.ts';

/** What the logs of a connection work with. */
export interface LogContext {
  readonly pool: pg.Pool;
  /** For what must not wait behind the transactions of the host that need it. */
  readonly registrar: pg.Pool;
  readonly schema: string;
  /** Remembers what succeeded; refuses when the connection has been stopped. */
  readonly once: <K extends object, T>(cache: WeakMap<K, Promise<T>>, key: K, make: () => Promise<T>) => Promise<T>;
}

/** A log that is in use. */
interface Known {
  readonly registered: RegisteredLog;
  readonly ingester: Ingester;
}

/** The methods of the handle that concern logs, and how to end: everything that was taken is written first. */
export function logOf({ pool, registrar, schema, once }: LogContext): { methods: KeepLog; stop: () => Promise<void> } {
  const logs = new WeakMap<EventLog, Promise<Known>>();
  const stops = new Set<() => Promise<void>>();

  const know = (log: EventLog): Promise<Known> =>
    once(logs, log, async () => {
      if (log?.kind !== 'events') {
        throw new ScorekeepError('DEFINITION_INVALID', 'The first argument must be made by eventLog(name, { types }).');
      }
      const [registered, clock] = await transaction(registrar, async (tx) => {
        const made = await registerLog(tx, schema, log);
        const { rows } = await tx.query('select (extract(epoch from clock_timestamp()) * 1000)::int8 as clock');
        return [made, integer(rows[0], 'clock')] as const;
      });
      const drifts = openDrifts(pool, registered);
      const ingester = openIngester({ pool, log, registered, clock, drifts });
      stops.add(async () => {
        await ingester.idle();
        await drifts.flush();
      });
      return { registered, ingester };
    });

  const streamsOf = async (log: EventLog): Promise<Streams> => {
    const { registered, ingester } = await know(log);
    return { pool, log, registered, now: ingester.now };
  };

  const methods: KeepLog = {
    async ingest(log, input) {
      return (await know(log)).ingester.ingest(input);
    },
    async readLog(log, range) {
      return readShard(pool, log, (await know(log)).registered, range);
    },
    async append(log, stream, events, options) {
      return append(await streamsOf(log), stream, events, options);
    },
    async read(log, stream, options) {
      return readStream(await streamsOf(log), stream, options);
    },
    async fold(log, stream, fold, options) {
      return foldStreamOf(await streamsOf(log), stream, fold, options);
    },
    async catchUp(log, stream, fold, options) {
      return catchUp(await streamsOf(log), stream, fold, options);
    },
    async verifyChain(log, stream) {
      return verifyStream(await streamsOf(log), stream);
    },
  };
  return {
    methods,
    async stop() {
      for (const stop of stops) await stop();
    },
  };
}
