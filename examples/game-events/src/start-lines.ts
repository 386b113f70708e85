import type { QueueStats } from './statistics/queue-stats.ts';

/** What {@link startLines} tells. */
export interface Start {
  readonly direct: boolean;
  /** That this process starts. */
  readonly workers: number;
  readonly redisUrl: string | undefined;
  /** Before this process's own workers have said anything. */
  readonly stats: Pick<QueueStats, 'workers' | 'capacity_per_second'>;
}

/** The guide's lines at the start of a process, for who looks for them in the logs. */
export function startLines({ direct, workers, redisUrl, stats }: Start): string[] {
  const redis = redisUrl === undefined ? [] : ['📦    REDIS_URL is set and not used: everything is in Postgres'];
  if (direct) {
    return [
      '📦 ⚠️ Event Queue not used - EVENT_PROCESSING=direct',
      '📦    Using direct processing (suitable for <10K DAU)',
      ...redis,
    ];
  }
  const all = workers + stats.workers;
  const waiting = all === 0 ? ['📦 ⚠️ No worker has joined yet: events are kept, and wait for one'] : [];
  return [
    '📦 ✅ Event Queue initialized (Postgres)',
    `📦    Workers: ${all}, Capacity: ~${stats.capacity_per_second} events/second`,
    ...waiting,
    ...redis,
  ];
}
