import { expect, test } from 'vitest';
import { alertsOf } from './alerts.ts';

const read = (waiting: number, load: number, failed: number, average: number | null) =>
  alertsOf(
    {
      total_queued: 1,
      total_processed: 1,
      total_failed: failed,
      queue: { waiting, active: 0, completed: 1, failed, delayed: 0 },
      workers: 1,
      capacity_per_second: 100,
      current_load_percent: load,
    },
    { summary: { total_events: 1, pending_events: 0, avg_processing_time_seconds: average } },
  );

test('at the guide’s thresholds nothing is alerted, and above each of them it alone', () => {
  expect(read(500, 85, 100, 5)).toEqual({});
  expect(read(0, 0, 0, null)).toEqual({});
  expect(read(501, 85, 100, 5)).toEqual({ '.queue.queue.waiting': 501 });
  expect(read(500, 85.1, 100, 5)).toEqual({ '.queue.current_load_percent': 85.1 });
  expect(read(500, 85, 101, 5)).toEqual({ '.queue.queue.failed': 101 });
  expect(read(500, 85, 100, 5.01)).toEqual({ '.summary.avg_processing_time_seconds': 5.01 });
});
