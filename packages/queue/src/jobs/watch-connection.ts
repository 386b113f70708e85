import type pg from 'pg';
import { checkOut } from '../postgres/check-out.ts';

/** A connection in use: one that breaks, or is to be let go of, is dropped rather than handed back. */
interface Watched {
  readonly client: pg.PoolClient;
  /** Rolls back; a connection that does not answer in time is dropped. */
  rollback(): Promise<void>;
  drop(): void;
  release(): void;
}

/** Takes a connection out of a pool and looks after it until it is released; dropped at once when `forced` is aborted. */
export async function watchConnection(pool: pg.Pool, forced: AbortSignal): Promise<Watched> {
  let lost: Error | undefined;
  const onError = (error: Error): void => {
    lost = error;
  };
  const client = await checkOut(pool, onError);
  const drop = (): void => {
    lost = new Error('Connection terminated: let go of');
    dropConnection(client);
  };
  forced.addEventListener('abort', drop, { once: true });
  if (forced.aborted) drop();
  return {
    client,
    drop,
    async rollback() {
      // A statement that runs on would hold the rollback up, and with it the worker.
      const timer = setTimeout(drop, ROLLBACK_MS);
      await client.query('rollback').catch(onError);
      clearTimeout(timer);
    },
    release() {
      forced.removeEventListener('abort', drop);
      client.removeListener('error', onError);
      client.release(lost);
    },
  };
}

/** Ends a connection, whatever is under way on it. */
export function dropConnection(client: pg.PoolClient): void {
  (client as unknown as pg.Client).end().catch(() => undefined);
}

const ROLLBACK_MS = 2_000;
