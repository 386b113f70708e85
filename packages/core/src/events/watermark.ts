import type { Window } from './windows.ts';

/**
 * Whether an event may still count in a window: `open` before the watermark passes its end; `late` for as long as lateness is
 * allowed, when results that were shown are corrected; then `closed`.
 *
 * @param watermark the event time up to which events are taken to have come in, in milliseconds since 1970
 * @param allowedLateness milliseconds
 */
export function windowStatus({ end }: Window, watermark: number, allowedLateness: number): 'open' | 'late' | 'closed' {
  if (watermark < end) return 'open';
  return watermark < end + allowedLateness ? 'late' : 'closed';
}

/**
 * The watermark after more events: the newest of their times less how far out of order they come, and never less than before.
 * Leave out events that are quarantined: one clock that is a year ahead would close every window.
 *
 * @param disorder milliseconds by which an event may come after one that happened later
 */
export function advanceWatermark(watermark: number, times: Iterable<number>, disorder: number): number {
  let newest = watermark;
  for (const time of times) newest = Math.max(newest, time - disorder);
  return newest;
}
