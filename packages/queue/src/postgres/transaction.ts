import type pg from 'pg';
import { ScorekeepError } from '../errors.ts';
import { checkOut } from './check-out.ts';
import { classifyError, sqlState } from './classify-error.ts';

/**
 * Runs `work` in one transaction and commits it. An error rolls back and is thrown on; one of a statement that `work` caught has
 * rolled back already, and is thrown as ROLLED_BACK. A connection whose rollback
 * fails is dropped rather than handed back.
 *
 * @param work gets what the statements of `begin` answered, too
 * @param begin begins the transaction, and may do more in the same round trip
 */
export async function transaction<T>(
  pool: pg.Pool,
  work: (tx: pg.PoolClient, begun: readonly pg.QueryResult[]) => Promise<T>,
  begin: string = BEGIN,
): Promise<T> {
  let lost: Error | undefined;
  const onError = (error: Error): void => {
    lost = error;
  };
  const client = await checkOut(pool, onError);
  try {
    const begun: pg.QueryResult | pg.QueryResult[] = await client.query(begin);
    const result = await work(client, Array.isArray(begun) ? begun : [begun]);
    const { command } = await client.query('commit');
    if (command === 'ROLLBACK') throw rolledBack();
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      lost ??= failure;
    });
    throw error;
  } finally {
    client.removeListener('error', onError);
    client.release(lost);
  }
}

/** Postgres answers COMMIT with ROLLBACK, and no error, where a statement failed before. */
const rolledBack = (): ScorekeepError =>
  new ScorekeepError(
    'ROLLED_BACK',
    'A statement of the transaction failed and its error was caught, so Postgres has rolled all of it back. Let the error through, or put the statement behind a savepoint.',
  );

/** Whatever the server's default: a step must see what was committed before it got its locks. */
export const BEGIN = 'begin isolation level read committed';

/** The same, begun again (at most {@link ATTEMPTS_MAX} times) when it lost a race: serialization failure or deadlock. */
export async function retriedTransaction<T>(pool: pg.Pool, work: (tx: pg.PoolClient) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction(pool, work);
    } catch (error) {
      const lostRace = classifyError(error) === 'retry' && /^40/.test(sqlState(error) ?? '');
      if (!lostRace || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

const ATTEMPTS_MAX = 5;
