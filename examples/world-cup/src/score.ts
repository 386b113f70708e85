import type { Keep } from '@scorekeep/queue';
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
