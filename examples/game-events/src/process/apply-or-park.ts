import type { LoggedEvent, Sql } from '@scorekeep/queue';
import { applyEffects } from './apply-effects.ts';
import { type Effect, effectOf, Unreadable } from './effect.ts';

/** An event that failed, and a code that can be shown anywhere. */
export interface Failed {
  readonly event: LoggedEvent;
  readonly code: string;
}

/**
 * Applies events together. When one fails, the rest are applied all the same: what failed together is undone and tried in
 * halves, until the culprit is alone. What is wrong with the connection or the server is thrown, for that is no event's fault.
 */
export async function applyOrPark(tx: Sql, events: readonly LoggedEvent[]): Promise<readonly Failed[]> {
  const failed: Failed[] = [];
  const readable: { event: LoggedEvent; effect: Effect }[] = [];
  for (const event of events) {
    try {
      readable.push({ event, effect: effectOf(event) });
    } catch (error) {
      failed.push({ event, code: codeOf(error) });
    }
  }
  const apply = async (some: typeof readable): Promise<void> => {
    if (some.length === 0) return;
    const effects = some.map(({ effect }) => effect);
    const code = await attempt(tx, () => applyEffects(tx, effects, 1));
    if (code === undefined) return;
    const [only, second] = some;
    if (only !== undefined && second === undefined) {
      failed.push({ event: only.event, code });
      return;
    }
    const half = some.length >> 1;
    await apply(some.slice(0, half));
    await apply(some.slice(half));
  };
  await apply(readable);
  return failed;
}

/** Does all of it, or nothing, and then answers why, if it is an event's fault. Locks that it took are let go of as well. */
export async function attempt(tx: Sql, work: () => Promise<unknown>): Promise<string | undefined> {
  await tx.query('savepoint attempt');
  try {
    await work();
    await tx.query('release savepoint attempt');
    return undefined;
  } catch (error) {
    if (!isOfEvent(error)) throw error;
    await tx.query('rollback to savepoint attempt');
    return codeOf(error);
  }
}

/** What cannot be read, and the classes of SQLSTATE that a value causes: data exceptions, constraints, what triggers raise. */
const isOfEvent = (error: unknown): boolean => error instanceof Unreadable || /^(22|23|P0)/.test(codeOf(error));

const codeOf = (error: unknown): string => {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[\w.:-]{1,64}$/.test(code) ? code : 'Error';
};
