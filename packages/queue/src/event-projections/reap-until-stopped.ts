import { setTimeout as wait } from 'node:timers/promises';
import { publish } from '../facts.ts';

/** Looks every so often for what died processes had in hand, until `stopping` is aborted. What a look fails with is published. */
export async function reapUntilStopped(
  reap: () => Promise<unknown>,
  everyMs: number,
  stopping: AbortSignal,
): Promise<void> {
  while (!stopping.aborted) {
    await reap().catch((error: unknown) => publish('background.error', { where: 'reap', error }));
    await wait(everyMs, undefined, { signal: stopping }).catch(() => undefined);
  }
}
