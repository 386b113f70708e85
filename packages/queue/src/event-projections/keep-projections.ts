import type { Differences } from './diff-builds.ts';
import type { EventProjection } from './event-projection.ts';
import type { RebuildOptions, Rebuilt } from './rebuild.ts';
import type { ProjectionBuild } from './register-events.ts';
import type { EventProjectionStatus } from './status-of-events.ts';

/** The part of the handle that is about folds of events. */
export interface KeepProjections {
  /** Looking after projections of event logs. */
  readonly projections: ProjectionMethods;
}

export interface ProjectionMethods {
  /** What has been folded for a subject; undefined before its first event. */
  state<State>(projection: EventProjection<State>, subject: string): Promise<State | undefined>;
  /** How far a projection has come, how fast, and what failed. */
  status(projection: EventProjection): Promise<EventProjectionStatus>;
  /**
   * Applies what there is to apply, in this process and now, until nothing is left or others are at it. For tests, scripts and
   * hosts without workers.
   *
   * @returns how many events were passed
   */
  catchUp(projection: EventProjection): Promise<number>;
  /** Stops a projection in all processes, after the steps under way, until it is resumed. False when it was paused already. */
  pause(projection: EventProjection): Promise<boolean>;
  /** False when it was not paused. */
  resume(projection: EventProjection): Promise<boolean>;
  /** Gives a parked event up: it is not applied, and those that wait behind it go on. False when it was not parked. */
  skip(projection: EventProjection, event: { readonly shard: number; readonly position: number }): Promise<boolean>;
  /**
   * Folds the log anew beside what is there, compares, and puts the new build in its place; readers see the one or the other.
   * A rebuild that was cut off goes on where it was.
   *
   * @throws ScorekeepError EVENTS_PRUNED when the log no longer has all its events
   */
  rebuild(projection: EventProjection, options?: RebuildOptions): Promise<Rebuilt>;
  /** Puts a build that was kept in the place of the live one, caught up with it first: the way back from {@link rebuild}. */
  switchTo(projection: EventProjection, build: number, options?: RebuildOptions): Promise<Rebuilt>;
  /**
   * Folds the log as it was recorded up to a time, into a build to compare with or read.
   *
   * @returns its number
   */
  rebuildAt(projection: EventProjection, time: Date): Promise<number>;
  /** What differs between a build and the live one, or another. */
  diff(projection: EventProjection, build: number, after?: number): Promise<Differences>;
  /** Builds that there are, oldest first. All but the live one stay until they are dropped. */
  builds(projection: EventProjection): Promise<ProjectionBuild[]>;
  /** Removes a build that is not live. As long as it is there, the log keeps the events that it has not passed. */
  dropBuild(projection: EventProjection, build: number): Promise<void>;
}
