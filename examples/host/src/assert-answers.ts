import type pg from 'pg';
import { EnvironmentInvalid } from './environment.ts';

/**
 * Asks the Postgres in DATABASE_URL for a sign of life.
 *
 * @throws EnvironmentInvalid with what is wrong, and nothing of the address
 */
export async function assertAnswers(pool: pg.Pool): Promise<void> {
  try {
    await pool.query('select 1');
  } catch (error) {
    // One that waited in vain has no code.
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
    throw new EnvironmentInvalid(
      `DATABASE_URL names a Postgres that does not let us in (${String(code ?? message)}). Start it, or correct host, port, user, password or database.`,
    );
  }
}
