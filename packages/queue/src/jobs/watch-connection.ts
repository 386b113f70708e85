import type pg from 'pg';

/** A connection in use: one that breaks, or is to be let go of, is dropped rather than handed back. */
interface Watched {
  /** Rolls back; a connection that does not answer in time is dropped. */
  rollback(): Promise<void>;
  drop(): void;
  release(): void;
}

/** Looks after a connection until it is released; dropped at once when `forced` is aborted. */
export function watchConnection(client: pg.PoolClient, forced: AbortSignal): Watched {
  let lost: Error | undefined;
  const onError = (error: Error): void => {
    lost = error;
  };
  const drop = (): void => {
    lost = new Error('Connection terminated: let go of');
    dropConnection(client);
  };
  client.on('error', onError);
  forced.addEventListener('abort', drop, { once: true });
  return {
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
