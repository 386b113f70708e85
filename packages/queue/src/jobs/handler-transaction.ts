import type pg from 'pg';
import { ScorekeepError } from '../errors.ts';
import { classifyError, partOf, sqlState } from '../postgres/classify-error.ts';
import type { Sql } from '../postgres/sql.ts';

/**
 * The part of a worker's transaction that handlers get. It begins at a savepoint, so that what a failed job did can be undone
 * while the claim stays; it cannot end the transaction; and it is closed after them.
 */
export interface HandlerTransaction {
  /** For one call of a handler. Calls follow each other: what one leaves behind must not run in another's. */
  open(): HandlerCall;
  /** Whether a statement ran since the last {@link undo} or {@link keep}. */
  readonly touched: () => boolean;
  /** Whether a statement is under way. */
  readonly waiting: () => boolean;
  /** Undoes what ran since the last {@link keep}. */
  undo(): Promise<void>;
  /** Keeps what ran; a later {@link undo} leaves it alone. */
  keep(): Promise<void>;
  /** Closes whatever is open. */
  close(): void;
}

/** What one call of a handler gets of the transaction. */
export interface HandlerCall {
  readonly sql: HandlerSql;
  /**
   * Waits for what the handler did not wait for, and closes. Throws what a statement failed with if the handler went on as if
   * nothing were: nothing after it had any effect.
   */
  assertSound(): Promise<void>;
  /** `infrastructure`: a statement failed through no fault of its own, and that is what the handler failed of. */
  judge(error: unknown): 'infrastructure' | 'handler';
  /** What is sent from now on is refused, as is what still waits for its savepoint. */
  close(): void;
}

/** Runs statements in the transaction of a job. */
export interface HandlerSql {
  /** With a `name` each connection parses and plans the statement once: for those that every job runs. */
  query(
    statement: string | { readonly name?: string; readonly text: string; readonly values?: unknown[] },
    values?: unknown[],
  ): ReturnType<Sql['query']>;
}

/** @param before statements that go with the first savepoint and are not undone with what follows it */
export function handlerTransaction(client: pg.ClientBase, before?: string): HandlerTransaction {
  const mark = (first?: string): Promise<unknown> => {
    const marked = client.query(`${first === undefined ? '' : `${first}; `}savepoint ${SAVEPOINT}`);
    // Whoever needs it first hears of it.
    marked.catch(() => undefined);
    return marked;
  };
  let savepoint: Promise<unknown> | undefined = mark(before);
  let touched = false;
  const underWay = new Set<Promise<unknown>>();
  let closed = false;

  const send = async (assertMay: () => void, sent: Sent): ReturnType<HandlerSql['query']> => {
    savepoint ??= mark();
    await savepoint;
    assertMay();
    touched = true;
    // Passed on as it came, so that a query builder's own forms of the call work too.
    return (client as HandlerSql).query(...sent);
  };
  const open = (): HandlerCall => {
    let over = false;
    let fault: unknown;
    const assertMay = (): void => assertOpen(closed || over);
    const query = async (...sent: Sent): ReturnType<HandlerSql['query']> => {
      assertMay();
      assertOwn(sent[0]);
      const sending = send(assertMay, sent);
      underWay.add(sending);
      try {
        return await sending;
      } catch (error) {
        fault ??= error;
        throw error;
      } finally {
        underWay.delete(sending);
      }
    };
    return {
      sql: { query },
      async assertSound() {
        // Those that the handler did not wait for commit with its job, or fail it.
        while (underWay.size > 0) await Promise.allSettled(underWay);
        assertMay();
        over = true;
        if (fault === undefined) return;
        // Unless the handler had a savepoint of its own and has gone back to it.
        await client.query('select 1').catch(() => {
          throw fault;
        });
      },
      judge: (error) =>
        fault !== undefined && comesFrom(error, fault) && classifyError(fault) === 'retry'
          ? 'infrastructure'
          : 'handler',
      close() {
        over = true;
      },
    };
  };
  const end = async (statement: string): Promise<void> => {
    // Once the time is up the connection may be somebody else's.
    assertOpen(closed);
    if (!touched) return;
    await savepoint;
    savepoint = undefined;
    touched = false;
    await client.query(statement);
  };
  return {
    open,
    touched: () => touched,
    waiting: () => underWay.size > 0,
    undo: () => end(`rollback to savepoint ${SAVEPOINT}; release savepoint ${SAVEPOINT}`),
    keep: () => end(`release savepoint ${SAVEPOINT}`),
    close() {
      closed = true;
    },
  };
}

type Sent = Parameters<HandlerSql['query']>;

/**
 * Whether an error is the fault, wraps it, or follows from it: a statement in a transaction that has failed says nothing but
 * that. Anything else that a handler throws is its own, whatever else went wrong before.
 */
function comesFrom(error: unknown, fault: unknown): boolean {
  let link = error;
  for (let depth = 0; depth < 10 && link !== null && link !== undefined; depth++) {
    if (link === fault || sqlState(link) === IN_FAILED_TRANSACTION) return true;
    link = partOf(link, 'cause');
  }
  return false;
}

const IN_FAILED_TRANSACTION = '25P02';
/** A name that no handler gives a savepoint of its own, or going back would end there. */
const SAVEPOINT = 'scorekeep_before_job';

function assertOpen(closed: boolean): void {
  if (closed) {
    throw new ScorekeepError(
      'HANDLER_OVER',
      'The transaction of a job was used after its handler had answered. Await every statement.',
    );
  }
}

function assertOwn(statement: unknown): void {
  const text = typeof statement === 'string' ? statement : String((statement as { text?: unknown } | null)?.text ?? '');
  if (ENDS.test(text) && text.replace(NOT_CODE, ' ').split(';').some(isEnd)) {
    throw new ScorekeepError(
      'HANDLER_ENDS_TRANSACTION',
      'A handler may not begin or end a transaction: its effects commit with the job. Use savepoints, or mode: "claimed".',
    );
  }
}

/** One look tells of nearly all statements that they are harmless. */
const ENDS = /\b(?:begin|start|commit|end|abort|prepare|rollback)\b/i;
/** Texts, quoted names and comments: what is in them is no statement. */
const NOT_CODE =
  /\be'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\//gi;
const isEnd = (statement: string): boolean =>
  /^\s*(?:begin|start\s+transaction|commit|end|abort|prepare\s+transaction|rollback(?!\s+(?:work\s+|transaction\s+)?to\b))\b/i.test(
    statement,
  );
