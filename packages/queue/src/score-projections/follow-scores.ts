import { setTimeout as wait } from 'node:timers/promises';
import type { PgBoss } from 'pg-boss';
import { reapUntilStopped } from '../event-projections/reap-until-stopped.ts';
import { retryParked } from '../event-projections/retry-parked.ts';
import { publish } from '../facts.ts';
import { safeCode } from '../jobs/outcome.ts';
import { classifyError, codeOf } from '../postgres/classify-error.ts';
import { putLostAside, retrySubject } from './put-aside.ts';
import { refold } from './refold.ts';
import type { Refolding } from './refolding.ts';

/**
 * Folds marked subjects, `workers` transactions at a time, until `stopping` is aborted, and tries those again that were put aside. The
 * returned function waits for the end.
 */
export async function followScores(
  boss: PgBoss,
  refolding: Refolding,
  workers: number,
  stopping: AbortSignal,
): Promise<() => Promise<void>> {
  const retried = await retryParked(boss, refolding, stopping, (tx, key) => retrySubject(tx, refolding, key));
  const loops = Array.from({ length: workers }, () => foldUntilStopped(refolding, stopping));
  loops.push(reapUntilStopped(() => putLostAside(refolding), REAP_MS, stopping));
  return async () => {
    await Promise.all(loops);
    await retried();
  };
}

async function foldUntilStopped(refolding: Refolding, stopping: AbortSignal): Promise<void> {
  let pause = POLL_MS;
  while (!stopping.aborted) {
    try {
      if ((await refold(refolding)) !== undefined) {
        pause = POLL_MS;
        continue;
      }
      pause = Math.min(pause * 1.1, POLL_IDLE_MS);
    } catch (error) {
      const verdict = classifyError(error) === 'retry' ? 'retry' : 'broken';
      publish('projection.failed', {
        log: refolding.projection.of.from.table,
        label: refolding.label,
        verdict,
        code: safeCode(codeOf(error)),
      });
      pause = verdict === 'retry' ? RETRY_MS : BROKEN_MS;
    }
    await wait(pause, undefined, { signal: stopping }).catch(() => undefined);
  }
}

/** How often a worker looks for marks while some come, and after none have for a while. */
const POLL_MS = 20;
const POLL_IDLE_MS = 100;
/** How often a process looks for subjects that died processes had in hand too often, however many others are to be folded. */
const REAP_MS = 1_000;
/** The next try after a connection or a statement failed through no fault of a subject. */
const RETRY_MS = 100;
/** The next try of what no retry helps until somebody mends the schema, the rights or the program. */
const BROKEN_MS = 5_000;
