import type { EventStats } from './event-stats.ts';
import type { QueueStats } from './queue-stats.ts';

/** The guide's four alerts, by the path of what each watches: what it is above its threshold. Empty when all is well. */
export function alertsOf(
  queue: QueueStats,
  { summary }: Pick<EventStats, 'summary'>,
): Readonly<Record<string, number>> {
  const watched = {
    '.queue.queue.waiting': queue.queue.waiting,
    '.queue.current_load_percent': queue.current_load_percent,
    '.queue.queue.failed': queue.queue.failed,
    '.summary.avg_processing_time_seconds': summary.avg_processing_time_seconds ?? 0,
  };
  return Object.fromEntries(Object.entries(watched).filter(([path, value]) => value > (THRESHOLDS[path] ?? 0)));
}

const THRESHOLDS: Readonly<Record<string, number>> = {
  '.queue.queue.waiting': 500,
  '.queue.current_load_percent': 85,
  '.queue.queue.failed': 100,
  '.summary.avg_processing_time_seconds': 5,
};
