import { setTimeout as wait } from 'node:timers/promises';
import type { Keep, Run, RunStatus } from '@scorekeep/queue';
import type pg from 'pg';
import type { Tournament } from './host/tournament.ts';
import type { Contest } from './pipeline.ts';
import type { Screen } from './show/screen.ts';
import type { Judgement } from './verdict/judge.ts';

/** What scoring a contest needs. */
export interface Scene {
  readonly host: pg.Pool;
  readonly keep: Keep;
  readonly contest: Contest;
  readonly tournament: Tournament;
  readonly predictions: number;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/** How long scoring took. */
export interface Timing {
  /** How many times work was queued. */
  readonly runs: number;
  /** Until the work was queued, committed with what caused it. */
  readonly enqueueMs: number;
  /** From the first result to the last score. */
  readonly drainMs: number;
}

/** A contest from beginning to end. */
export interface Outcome extends Timing {
  readonly predictions: number;
  readonly perSecond: number;
  readonly judgement: Judgement;
}

/**
 * Waits until a run is finished. Workers try again what fails for a moment; what keeps failing is reported instead of
 * waited for.
 *
 * @throws Error with the names of the errors that keep the run from going on
 */
export async function finished(
  { keep, contest, signal }: Scene,
  run: Run,
  onProgress: (status: RunStatus) => void = () => undefined,
): Promise<RunStatus> {
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  try {
    return await Promise.race([keep.finished(run, { signal: ended, onProgress }), stuck(keep, contest, ended)]);
  } finally {
    over.abort();
  }
}

/** Rejects once the same errors are still there after a few looks. */
async function stuck(keep: Keep, { points }: Contest, ended: AbortSignal): Promise<never> {
  for (let failing = 0; ; ) {
    await wait(LOOK_MS, undefined, { signal: ended });
    const { errors } = await keep.status(points);
    failing = errors.length === 0 ? 0 : failing + 1;
    if (failing === LOOKS) throw new Error(`Scoring does not go on: ${errors.join(', ')}`);
  }
}

/** Rare enough that counting millions of rows for it does not show. */
const LOOK_MS = 10_000;
const LOOKS = 3;
