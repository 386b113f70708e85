import type { ProjectionStats, QueueStats } from '@scorekeep/queue';

/** What an autoscaler is told. */
export interface Scaling {
  /** How long it may take to get through what is waiting. Default 60 seconds. */
  readonly drainSeconds: number;
  /** Never more than these. Default 100. */
  readonly most: number;
}

/**
 * How many workers get through a projection's remaining items in the time allowed, at the rate that one worker has
 * lately had: none when nothing is left, at least one when something is, and no more than there are slices.
 */
export function desiredWorkers(projection: ProjectionStats, queue: QueueStats | undefined, scaling: Scaling): number {
  const open = (queue?.ready ?? 0) + (queue?.active ?? 0) + (queue?.deferred ?? 0) + (queue?.failed ?? 0);
  if (open === 0) return 0;
  const { remaining, perWorkerSecond } = projection;
  const needed =
    perWorkerSecond === null || perWorkerSecond <= 0 ? 1 : remaining / (perWorkerSecond * scaling.drainSeconds);
  return Math.min(Math.max(1, Math.ceil(needed)), open, scaling.most);
}
