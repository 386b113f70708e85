import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { publish } from '../facts.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row } from '../postgres/sql.ts';
import { BEGIN } from '../postgres/transaction.ts';
import { carryOver, type Intent } from './intent.ts';

/**
 * A worker process's connection beside its work: it holds the session lock that says that the worker lives, hears notices,
 * and writes down what the worker has in hand. When it breaks, the worker gets a new one and with it a new number: for
 * everybody else the old worker is dead. What it has in hand goes with it.
 */
export interface Control {
  /** The number whose lock this process holds. */
  readonly worker: number;
  /**
   * Whether it has a new session, and only just: what took the one before may have taken those of other workers, which live and are
   * about to be back.
   */
  readonly isJustBack: boolean;
  /** What this process has in hand, by lane. */
  readonly inHand: Map<number, Intent>;
  /** Runs a statement, prepared under the name; rejects while there is no connection. */
  query(name: string, text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
  close(): Promise<void>;
}

export interface ControlOptions {
  readonly schema: string;
  /** A connection of its own, and how to be rid of it. Never one from behind a transaction-pooling proxy. */
  readonly open: () => Promise<{ client: pg.ClientBase; destroy: () => void }>;
  readonly onNotice: (queue: string) => void;
  /** The claims of this process count for nothing any more. */
  readonly onLost: () => void;
}

/** Opens the control connection and takes a number. */
export async function openControl(options: ControlOptions): Promise<Control> {
  const { schema } = options;
  let closed = false;
  let session: Session | undefined;
  let backAt = Number.NEGATIVE_INFINITY;
  const inHand = new Map<number, Intent>();
  /** The last one, and those whose commit nobody answered for. */
  const numbers: number[] = [];

  const begin = async (): Promise<Session> => {
    const { client, destroy } = await options.open();
    let over = false;
    const end = (): void => {
      if (over) return;
      over = true;
      destroy();
      if (session?.client === client) session = undefined;
      if (closed) return;
      options.onLost();
      void again();
    };
    client.on('error', end);
    client.on('end', end);
    client.on('notification', ({ payload }) => options.onNotice(payload ?? ''));
    try {
      await client.query(SETTINGS);
      await client.query(`listen ${quote(channelOf(schema))}`);
      // The lock before the commit: nobody ever sees a number that nobody holds.
      await client.query(BEGIN);
      const { rows } = await client.query<Row>(
        `with taken as (insert into ${quote(schema)}.job_worker (host, pid) values ($2, $3) returning id)
         select id, pg_advisory_lock(${lockClass('$1')}, id) from taken`,
        [schema, hostname(), process.pid],
      );
      const worker = integer(rows[0], 'id');
      await carryOver(client, schema, numbers, worker, inHand);
      numbers.push(worker);
      await client.query('commit');
      numbers.splice(0, numbers.length, worker);
      return { client, end, worker };
    } catch (error) {
      over = true;
      destroy();
      throw error;
    }
  };
  const again = async (): Promise<void> => {
    for (let pause = 50; !closed && session === undefined; pause = Math.min(1_000, pause * 2)) {
      try {
        session = await begin();
        backAt = performance.now();
        if (closed) session.end();
      } catch (error) {
        publish('background.error', { where: 'control connection', error });
        await wait(pause, undefined, { ref: false });
      }
    }
  };

  session = await begin();
  let number = session.worker;
  let last: Promise<unknown> = Promise.resolve();
  return {
    get worker() {
      number = session?.worker ?? number;
      return number;
    },
    get isJustBack() {
      return performance.now() - backAt < BACK_MS;
    },
    inHand,
    query(name, text, values = []) {
      const run = async (): Promise<{ rows: Row[] }> => {
        const current = session;
        if (current === undefined) throw new Error('Connection terminated: the control connection is being restored');
        const timer = setTimeout(current.end, TIMEOUT_MS);
        try {
          return await current.client.query<Row>({ name: `scorekeep_${name}`, text, values });
        } finally {
          clearTimeout(timer);
        }
      };
      // One connection for all loops of the process: one statement after the other.
      const turn = last.then(run, run);
      last = turn.catch(() => undefined);
      return turn;
    },
    async close() {
      closed = true;
      const current = session;
      session = undefined;
      if (current === undefined) return;
      await current.client
        .query(`delete from ${quote(schema)}.job_intent where worker = $1`, [current.worker])
        .then(() =>
          current.client.query(
            `delete from ${quote(schema)}.job_worker where id = $1 and not exists (select from ${quote(schema)}.job_claim where worker = $1)`,
            [current.worker],
          ),
        )
        .catch(() => undefined);
      current.end();
    },
  };
}

/** In so long the others are back, too: whoever is refused tries again after a second at the latest. */
const BACK_MS = 2_000;

interface Session {
  readonly client: pg.ClientBase;
  readonly worker: number;
  readonly end: () => void;
}

/** The channel that carries names of queues with new jobs. */
export const channelOf = (schema: string): string => `${schema}_jobs`;

/** The first key of the lock of a worker; the second is its number. Not negative, so that pg_locks shows it as it is. */
export const lockClass = (schema: string): string => `(hashtext('scorekeep worker ' || ${schema}) & 2147483647)`;

/** A connection that answers nothing for so long is dead, whatever TCP thinks. */
const TIMEOUT_MS = 5_000;

/**
 * What is written here only has to outlive this process, not the server; and a machine that vanishes without a goodbye must
 * lose its lock in seconds.
 */
const SETTINGS = `set synchronous_commit = off; set statement_timeout = 0; set client_connection_check_interval = 100;
  set tcp_keepalives_idle = 2; set tcp_keepalives_interval = 1; set tcp_keepalives_count = 4`;
