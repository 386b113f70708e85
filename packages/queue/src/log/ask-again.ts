import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { ScorekeepError } from '../errors.ts';
import { classifyError, sqlState } from '../postgres/classify-error.ts';
import type { Row, Sql } from '../postgres/sql.ts';
import { inTime, isSilence } from './in-time.ts';

/** Runs statements as {@link Sql} does, and those that have a name, which are parsed and planned once per connection. */
export interface NamedSql extends Sql {
  query(query: NamedQuery): Promise<{ rows: Row[]; rowCount: number | null }>;
  query(text: string, values?: unknown[]): Promise<{ rows: Row[]; rowCount: number | null }>;
}

/** A statement that is parsed and planned once per connection. */
export interface NamedQuery {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/** Whom to ask, and for how long. */
export interface Asked {
  readonly pool: pg.Pool;
  readonly log: { readonly name: string };
  /** Milliseconds, of all attempts together. */
  readonly patience: number;
  /**
   * Whether it may be asked again after such an error, because nothing was done or doing it twice changes nothing. Always,
   * unless given.
   */
  readonly isSafe?: (error: unknown) => boolean;
}

/**
 * Does something until the database has answered: a lost race, a failover, a broken connection and silence are no answers.
 * Pauses grow from 5 ms to 1 s. A statement that is not answered in time loses its connection, and is not waited for.
 *
 * @throws ScorekeepError UNAVAILABLE when there was no answer in time, or it is not safe to ask again; whatever else `ask`
 *   throws
 */
export async function askAgain<T>(
  { pool, log, patience, isSafe = () => true }: Asked,
  ask: (sql: NamedSql) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + patience;
  for (let pause = 5; ; pause = Math.min(1_000, pause * 2)) {
    const left = Math.max(1, Math.ceil(deadline - performance.now()));
    try {
      return await inTime(left, ask(bounded(pool, left)));
    } catch (error) {
      const silent = isSilence(error);
      if (!silent && classifyError(error) !== 'retry') throw error;
      if (!isSafe(error)) throw unavailable(log, 'unknown', error);
      if (silent || performance.now() + pause > deadline) throw unavailable(log, 'database', error);
      await wait(pause * (0.5 + Math.random() / 2));
    }
  }
}

/** Statements that give up, connection and all, when they are not answered in time. */
function bounded(pool: pg.Pool, milliseconds: number): NamedSql {
  return {
    query(query: string | NamedQuery, values?: unknown[]) {
      const statement = typeof query === 'string' ? { text: query, values: values ?? [] } : query;
      // The driver has this option for one statement too, which its types do not say.
      const config: pg.QueryConfig & { query_timeout: number } = { ...statement, query_timeout: milliseconds };
      return pool.query<Row>(config);
    },
  };
}

/** Whether an error says that nothing was done: the statement itself failed, or no connection was made to send it over. */
export function wasUndone(error: unknown): boolean {
  const state = sqlState(error);
  // A server that goes down may have committed before it said so.
  if (state !== undefined) return !/^(08|57P0[125])/.test(state);
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return (
    /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/.test(String(code)) ||
    NO_CONNECTION.test(String(message))
  );
}

const NO_CONNECTION = /^timeout exceeded when trying to connect/;

/**
 * The log takes nothing at the moment; `retryAfter`, in seconds, is what a host answers with status 503.
 *
 * @param reason `readonly`: it has been switched; `busy`: too much waits already; `database`: it does not answer, and what
 *   became of the events is not known, so send the same ones again; `unknown`: the same of an append without a name
 */
export function unavailable(
  { name }: { readonly name: string },
  reason: keyof typeof REASONS,
  cause?: unknown,
): ScorekeepError {
  const { says, retryAfter } = REASONS[reason];
  const options = cause === undefined ? {} : { cause };
  return new ScorekeepError('UNAVAILABLE', `Log "${name}" ${says}`, { log: name, reason, retryAfter }, options);
}

const REASONS = {
  readonly: {
    says: 'is read-only. Answer 503 with Retry-After, or open it with logs.setReadonly(log, false).',
    retryAfter: 30,
  },
  busy: {
    says: 'has as much waiting as its limits.waiting and limits.waitingBytes allow. Answer 503 with Retry-After.',
    retryAfter: 1,
  },
  database: {
    says: 'cannot reach its database. Events may be in it or not: send the same ones again, nothing is doubled.',
    retryAfter: 5,
  },
  unknown: {
    says: 'lost its database during an append without commandId, so nobody can tell whether it happened: read the stream before you append again, or give appends a commandId.',
    retryAfter: 5,
  },
} as const;
