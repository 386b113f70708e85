import type pg from 'pg';

/**
 * Takes a connection out of a pool and hears its errors from then on. One that breaks between two statements, or in the very
 * message that made it ready, says so as an event and nowhere else, and unheard that ends the process. Whoever gives it back takes
 * `onError` off first.
 */
export function checkOut(pool: pg.Pool, onError: (error: Error) => void): Promise<pg.PoolClient> {
  return new Promise((resolve, reject) => {
    // With a callback: what a promise answers is heard a step later.
    pool.connect((error, client) => {
      if (client === undefined) {
        reject(error);
        return;
      }
      client.on('error', onError);
      resolve(client);
    });
  });
}
