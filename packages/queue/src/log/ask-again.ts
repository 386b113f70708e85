import { setTimeout as wait } from 'node:timers/promises';
import { ScorekeepError } from '../errors.ts';
import { classifyError, sqlState } from '../postgres/classify-error.ts';

/**
 * Does something that may be repeated until the database has answered: a lost race, a failover and a broken connection are
 * no answers. Pauses grow from 5 ms to 1 s.
 *
 * @param patience how long to ask, in milliseconds
 * @param onError may mend what an error is about, and answers whether it did: then it is tried again at once
 * @throws ScorekeepError UNAVAILABLE when there was no answer in time; whatever else `ask` throws
 */
export async function askAgain<T>(
  log: { readonly name: string },
  patience: number,
  ask: () => Promise<T>,
  onError: (error: unknown) => Promise<boolean> = async () => false,
): Promise<T> {
  const deadline = performance.now() + patience;
  for (let pause = 5; ; pause = Math.min(1_000, pause * 2)) {
    try {
      return await ask();
    } catch (error) {
      if (await onError(error)) continue;
      if (classifyError(error) !== 'retry') throw error;
      if (performance.now() + pause > deadline) throw unavailable(log, 'database', error);
      await wait(pause * (0.5 + Math.random() / 2));
    }
  }
}

/** No partition was found for a row: the positions have run ahead of the segments. */
export const isOutOfSegments = (error: unknown): boolean =>
  sqlState(error) === '23514' && (error as { constraint?: unknown }).constraint === undefined;

/**
 * The log takes nothing at the moment; `retryAfter`, in seconds, is what a host answers with status 503.
 *
 * @param reason `readonly`: it has been switched; `busy`: too much waits already; `database`: it does not answer, and what
 *   became of the events is not known, so send the same ones again
 */
export function unavailable(
  { name }: { readonly name: string },
  reason: 'readonly' | 'busy' | 'database',
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
} as const;
