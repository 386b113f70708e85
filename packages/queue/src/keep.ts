import type { Explanation } from '@scorekeep/core/rules';
import type pg from 'pg';
import type { Board } from './boards/board.ts';
import type { Comparison } from './boards/compare.ts';
import type { KeepBoards } from './boards/keep-boards.ts';
import type { EventProjection } from './event-projections/event-projection.ts';
import type { KeepProjections } from './event-projections/keep-projections.ts';
import type { AnyJob, KeepJobs } from './jobs/keep-jobs.ts';
import type { KeepLog } from './log/keep-log.ts';
import type { Sql } from './postgres/sql.ts';
import type { Projection } from './projections/projection.ts';
import type { KeepReplica } from './replica/keep-replica.ts';
import type { RunStatus } from './runs/run-status.ts';
import type { Run, Scope } from './runs/start-run.ts';
import type { Status } from './runs/status.ts';
import type { ScoreProjection } from './score-projections/score-projection.ts';
import type { KeepStats } from './stats/keep-stats.ts';
import type { PastScore } from './tables/read-history.ts';

/** A connection to the pipeline: everything a host does with it at run time. */
export interface Keep extends KeepBoards, KeepJobs, KeepLog, KeepProjections, KeepReplica, KeepStats {
  /** Serves projections in this process until {@link stop} or the signal. Resolves as soon as it serves. */
  start(options: StartOptions): Promise<void>;
  /**
   * Ends the steps and jobs under way, begins no others, closes what was opened. Safe to call twice: the second time with
   * `force`, say at a second signal, it lets go of jobs under way; they go back as if they had not been begun.
   */
  stop(options?: { readonly force?: boolean }): Promise<void>;
  /** Runs the host's own statements in one transaction; begun again when it lost a race with another. */
  transaction<T>(work: (tx: pg.PoolClient) => Promise<T>): Promise<T>;
  /**
   * Has scored whatever is unscored, or was corrected since: everything, or the rows that `where` picks. Nothing is
   * scored twice, however often and from wherever it is called; with `tx` nothing happens unless that commits.
   */
  run(projection: Projection, options?: RunOptions): Promise<Run>;
  /**
   * Whether {@link run} would find anything to score; nothing is begun. Costs a look at everything that is scored already
   * when there is nothing.
   */
  unscored(projection: Projection, options?: Pick<RunOptions, 'where'>): Promise<boolean>;
  /** Waits until a run is finished or cancelled. */
  finished(run: RunReference, options?: FinishedOptions): Promise<RunStatus>;
  /** How far a run has come. */
  runStatus(run: RunReference): Promise<RunStatus>;
  /** Stops a run after the steps under way; it can be resumed. False when there was nothing to pause. */
  pause(run: RunReference): Promise<boolean>;
  /** Goes on with a paused run from where it was. False when it was not paused. */
  resume(run: RunReference): Promise<boolean>;
  /** Ends a run before its end: what is scored stays scored, the rest stays unscored. False when it was over already. */
  cancel(run: RunReference): Promise<boolean>;
  /** How far a projection has come, in items. */
  status(projection: Projection): Promise<Status>;
  /** Why an item has the points it has: every rule, fired or not, with the numbers. */
  explain(projection: Projection, key: Scope): Promise<Explanation>;
  /** The scores of an item that corrections have replaced, oldest first. */
  history(projection: Projection, key: Scope): Promise<PastScore[]>;
  /**
   * A dry run: who would gain, lose and change place. `change` is the host's own statements, such as a corrected result,
   * in a transaction that is always rolled back; a board of another version of its projection, or that is defined otherwise, is
   * compared with the one that is live under its name, unless their windows are of other times. At most 10 000 items are scored,
   * or `limit`.
   */
  preview(board: Board, options?: PreviewOptions): Promise<Comparison>;
  /** Puts a board in the place of the one that has its name, such as one on a new version of the projection. */
  switchBoard(board: Board): Promise<void>;
}

/** A run as {@link Keep.run} answered it, or its id. */
export type RunReference = { readonly id: string } | string;

/** What {@link Keep.start} serves. */
export interface StartOptions {
  readonly projections?: readonly (Projection | EventProjection | ScoreProjection)[];
  /** Jobs to work; each with as many at a time as its `workers` says. */
  readonly jobs?: readonly AnyJob[];
  /** Boards to make known; a board that is known already is kept up whether it is named here or not. */
  readonly boards?: readonly Board[];
  /** Slices of each projection, or steps over a log, worked at a time in this process. Default 1. */
  readonly workers?: number;
  /** Slices that a worker fetches at a time, 2 to 100. Default 2: more saves fetches when slices are tiny. */
  readonly prefetch?: number;
  /** Aborting it stops the work as {@link Keep.stop} does. */
  readonly signal?: AbortSignal;
}

/** What {@link Keep.run} scores, and how. */
export interface RunOptions {
  /** Column of the log to value: only these rows. */
  readonly where?: Scope;
  /** The host's transaction; nothing happens unless it commits. */
  readonly tx?: Sql;
  /** Slices of a run with a higher priority are handed out first. Default 0. */
  readonly priority?: number;
  /**
   * Scores here and now instead of handing slices to workers, with the same guarantees: returns when everything is
   * scored, and with `tx` the scores commit with it. At most 10 000 items, or `limit`.
   */
  readonly inline?: boolean | { readonly limit: number };
}

export interface FinishedOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (status: RunStatus) => void;
}

export interface PreviewOptions {
  readonly where?: Scope;
  readonly change?: (tx: Sql) => Promise<unknown>;
  /** Most items to score. Default 10 000. */
  readonly limit?: number;
  /** Most moves to list. Default 100. */
  readonly moves?: number;
}
