import type { ScoreProjection } from '../score-projections/score-projection.ts';
import type { Differences } from './diff-builds.ts';
import type { EventProjection } from './event-projection.ts';
import type { RebuildOptions, Rebuilt } from './rebuild.ts';
import type { ProjectionBuild } from './register-events.ts';
import type { EventProjectionStatus } from './status-of-events.ts';

/** A projection that folds: events, scores or rows. */
export type FoldingProjection<State = unknown> = EventProjection<State> | ScoreProjection<State>;

/** The part of the handle that is about folds. */
export interface KeepProjections {
  /** Looking after projections that fold. */
  readonly projections: ProjectionMethods;
}

export interface ProjectionMethods {
  /** What has been folded for a subject; undefined before its first event or item. */
  state<State>(projection: FoldingProjection<State>, subject: string | number): Promise<State | undefined>;
  /** How far a projection has come, how fast, and what failed; in events, or over scores in subjects. */
  status(projection: FoldingProjection): Promise<EventProjectionStatus>;
  /**
   * Applies what there is to apply, in this process and now, until nothing is left or others are at it. For tests, scripts and
   * hosts without workers.
   *
   * @returns how many events were passed, or subjects folded
   */
  catchUp(projection: FoldingProjection): Promise<number>;
  /** Stops a projection in all processes, after the steps under way, until it is resumed. False when it was paused already. */
  pause(projection: FoldingProjection): Promise<boolean>;
  /** False when it was not paused. */
  resume(projection: FoldingProjection): Promise<boolean>;
  /**
   * Gives a parked event up: it is not applied, by a rebuild neither, and those that wait behind it go on. False when it was not
   * parked.
   */
  skip(projection: EventProjection, event: { readonly shard: number; readonly position: number }): Promise<boolean>;
  /**
   * Has subjects folded again from their scores: these, or all that were put aside because their fold failed.
   *
   * @returns how many
   */
  refold(projection: ScoreProjection, subjects?: readonly (string | number)[]): Promise<number>;
  /**
   * Folds the log or the scores anew beside what is there, compares, and puts the new build in its place; readers see the one or the other.
   * A rebuild that was cut off goes on where it was; any other begins a new build.
   *
   * @throws ScorekeepError EVENTS_PRUNED when the log no longer has all its events, DEFINITION_INVALID when another call was first to
   *   put a build live
   */
  rebuild(projection: FoldingProjection, options?: RebuildOptions): Promise<Rebuilt>;
  /** Puts a build that was kept in the place of the live one, caught up with it first: the way back from {@link rebuild}. */
  switchTo(projection: FoldingProjection, build: number, options?: RebuildOptions): Promise<Rebuilt>;
  /**
   * Folds the log as it was recorded up to a time, into a build to compare with or read; of scores and tables what had happened by
   * then, by the column `at`, with the scores of then.
   *
   * @returns its number
   * @throws ScorekeepError EVENTS_PRUNED as above, NO_HISTORY when nobody can say what was then
   */
  rebuildAt(projection: FoldingProjection, time: Date): Promise<number>;
  /** What differs between a build and the live one, or another. */
  diff(projection: FoldingProjection, build: number, after?: number): Promise<Differences>;
  /** Builds that there are, oldest first. All but the live one stay until they are dropped. */
  builds(projection: FoldingProjection): Promise<ProjectionBuild[]>;
  /** Removes a build that is not live. As long as it is there, the log keeps the events that it has not passed. */
  dropBuild(projection: FoldingProjection, build: number): Promise<void>;
}
