import fc from 'fast-check';
import { expect, test } from 'vitest';
import { advanceWatermark, windowStatus } from './watermark.ts';

test('a window is open, then late, then closed, and never goes back', () => {
  fc.assert(
    fc.property(fc.nat(100), fc.nat(100), fc.nat(300), (end, lateness, watermark) => {
      const status = windowStatus({ start: 0, end }, watermark, lateness);
      expect(status).toBe(watermark < end ? 'open' : watermark < end + lateness ? 'late' : 'closed');
      const order = ['open', 'late', 'closed'];
      const later = windowStatus({ start: 0, end }, watermark + 1, lateness);
      expect(order.indexOf(later)).toBeGreaterThanOrEqual(order.indexOf(status));
    }),
  );
});

test('the watermark follows the newest time at a distance, and never falls', () => {
  expect(advanceWatermark(Number.NEGATIVE_INFINITY, [], 5)).toBe(Number.NEGATIVE_INFINITY);
  expect(advanceWatermark(0, [10, 30, 20], 5)).toBe(25);
  expect(advanceWatermark(25, [20, 29], 5)).toBe(25);
});

test('in whatever batches events come, the watermark ends at the same place', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000)), fc.nat(50), fc.nat(20), (times, disorder, cut) => {
      const once = advanceWatermark(0, times, disorder);
      expect(advanceWatermark(advanceWatermark(0, times.slice(0, cut), disorder), times.slice(cut), disorder)).toBe(
        once,
      );
    }),
  );
});
