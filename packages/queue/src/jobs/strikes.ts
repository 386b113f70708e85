import { asksTooMuch, classifyError, sqlState } from '../postgres/classify-error.ts';
import { bossDatabase } from '../postgres/sql.ts';
import { BEGIN, transaction } from '../postgres/transaction.ts';
import { Interrupted } from './in-batch.ts';
import type { LaneState } from './lane-state.ts';
import { Unfinished } from './outcome.ts';
import type { Lane } from './worker.ts';

/**
 * Remembers whom a batch was rolled back for. The first time it is begun again at once; from the second time on it waits, longer
 * each time, or one job that never gets its lock would keep all others of its loop waiting for it. It is charged only for what
 * it asks for itself: too much, or what is refused when its transaction is about to end.
 */
export function strike(state: LaneState, hand: readonly string[], error: unknown, code: string): void {
  const cause = error instanceof Interrupted ? error.cause : error;
  const index = error instanceof Interrupted && !asksTooMuch(code) ? error.index : undefined;
  const culprit = index === undefined && hand.length === 1 ? hand[0] : hand[index ?? -1];
  const verdict = classifyError(cause);
  if (culprit === undefined) {
    // In smaller company it is found; a connection that is lost between statements has nothing to do with anybody.
    const isOfOne = verdict !== 'retry' || (error instanceof Interrupted && sqlState(cause) !== undefined);
    if (isOfOne) state.batch = Math.max(1, Math.floor(hand.length / 2));
    return;
  }
  const times = (state.strikes.get(culprit)?.times ?? 0) + 1;
  if (state.strikes.size >= STRUCK_MAX) state.strikes.clear();
  state.strikes.set(culprit, { times, code, its: asksTooMuch(code) || verdict !== 'retry' });
  if (times > 1) state.aside = { job: culprit, seconds: Math.min(ASIDE_SECONDS_MAX, 2 ** (times - 3)) };
}

const ASIDE_SECONDS_MAX = 300;
/** Jobs that a loop remembers; others may have done them since. */
const STRUCK_MAX = 1_000;

/** What becomes of a job that was struck too often, without running it. */
export function judgeStruck({ strikes }: LaneState, job: string): Unfinished | undefined {
  const { times, its, code } = strikes.get(job) ?? { times: 0, its: false, code: '' };
  return its && times >= STRIKES ? new Unfinished('retry', asksTooMuch(code) ? 'TOO_MUCH' : code) : undefined;
}

/** A job that asks too much alone, so many times, is charged for it after all. */
const STRIKES = 5;

/** Has a job wait, uncharged, so that those after it have their turn. Whoever has it in hand already decides for himself. */
export async function putAside({ worker, job }: Lane, state: LaneState): Promise<void> {
  const { aside } = state;
  state.aside = undefined;
  if (aside === undefined) return;
  const wait = { id: aside.job, startAfter: aside.seconds };
  await transaction(
    worker.pool,
    (tx) => worker.boss.update(job.queue, undefined, { ...wait, db: bossDatabase(tx) }),
    `${BEGIN}; set local lock_timeout = '50ms'`,
  );
}
