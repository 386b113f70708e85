import type pg from 'pg';
import { sqlState } from '../postgres/classify-error.ts';
import type { NamedQuery } from './ask-again.ts';
import { type Fields, firstRow } from './first-row.ts';
import { onSilence } from './in-time.ts';

/** A connection of a pool, kept between statements that follow each other closely. */
export interface KeptConnection {
  /**
   * Runs a named statement and answers its first row, if there is one. When it is not answered in time its connection is
   * lost, and nobody waits for it. One at a time.
   *
   * @throws an error that `isSilence`, of `in-time.ts`; whatever the driver throws
   */
  firstRow(query: NamedQuery, milliseconds: number): Promise<Fields | undefined>;
}

/** A connection that was not used for as long as this goes back to the pool; it may take twice as long. Milliseconds. */
const KEPT_MS = 10;

/** How often it is kept for that long, until the pool is to look at its age and uses. */
const KEPT_TIMES = 100;

/**
 * Keeps connections of a pool: to take one out and to give it back costs a caller who is alone 3 % of his latency, and each
 * promise on his way half of one. The last connection of a pool is not kept; whoever takes the others meanwhile waits for it 20 ms at most.
 */
export function keepConnection(pool: pg.Pool): KeptConnection {
  let kept: Kept | undefined;

  const giveBack = (one: Kept, error?: Error): void => {
    if (one.isGone) return;
    one.isGone = true;
    if (one === kept) kept = undefined;
    clearTimeout(one.timer);
    one.client.off('error', one.onError);
    one.client.release(error);
  };
  const look = (one: Kept): void => {
    if (!one.isBusy && !one.isUsed) {
      giveBack(one);
      return;
    }
    one.looks++;
    one.isUsed = false;
    one.timer = setTimeout(look, KEPT_MS, one).unref();
  };
  const keep = (client: pg.PoolClient): Kept => {
    const one: Kept = {
      client,
      // A connection that breaks says so as an event, also when nothing is asked of it.
      onError: (error) => giveBack(one, error),
      timer: setTimeout(() => look(one), KEPT_MS).unref(),
      isBusy: false,
      isUsed: false,
      isGone: false,
      looks: 0,
    };
    client.on('error', one.onError);
    kept = one;
    return one;
  };

  return {
    firstRow: (query, milliseconds) =>
      new Promise((resolve, reject) => {
        let mine: Kept | undefined;
        let isOver = false;
        const end = (error: unknown, row?: Fields): void => {
          if (isOver) return;
          isOver = true;
          callOff();
          if (mine !== undefined) {
            mine.isBusy = false;
            if (error != null && !isOfData(error)) giveBack(mine, error as Error);
            else if (mine.looks >= KEPT_TIMES || pool.ending || isExhausted(pool)) giveBack(mine);
          }
          if (error == null) resolve(row);
          else reject(error);
        };
        const ask = (one: Kept): void => {
          mine = one;
          one.isBusy = true;
          one.isUsed = true;
          try {
            firstRow(one.client, query, milliseconds, end);
          } catch (error) {
            end(error);
          }
        };
        const callOff = onSilence(milliseconds, end);
        if (kept !== undefined) ask(kept);
        else {
          // With a callback: a connection that breaks before a promise is heard would end the process, since nobody listens yet.
          pool.connect((error, client) => {
            if (client === undefined) end(error);
            else if (isOver) client.release();
            else ask(keep(client));
          });
        }
      }),
  };
}

interface Kept {
  readonly client: pg.PoolClient;
  readonly onError: (error: Error) => void;
  timer: NodeJS.Timeout;
  isBusy: boolean;
  /** Since it was last looked at. */
  isUsed: boolean;
  isGone: boolean;
  looks: number;
}

/** Whether Postgres refused the values of a statement, which says nothing about the connection. */
const isOfData = (error: unknown): boolean => /^2[23]/.test(sqlState(error) ?? '');

/** Whether the next who wants a connection has to wait. */
const isExhausted = (pool: pg.Pool): boolean => pool.idleCount === 0 && pool.totalCount >= pool.options.max;
