import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { desiredWorkers } from './desired-workers.ts';

const projection = (remaining: number, perWorkerSecond: number | null) => ({
  label: 'points_v1',
  runs: 1,
  paused: 0,
  expected: remaining,
  processed: 0,
  remaining,
  perWorkerSecond,
  lagSeconds: 0,
});
const queue = (ready: number) => ({
  queue: 'slices/points_v1',
  ready,
  deferred: 0,
  blocked: 0,
  active: 0,
  failed: 0,
  oldestSeconds: 0,
  completedPerSecond: 0,
});
const MINUTE = { drainSeconds: 60, most: 100 };

test('600 000 items at 1 000 a second and worker take ten workers to be done in a minute', () => {
  expect(desiredWorkers(projection(600_000, 1_000), queue(300), MINUTE)).toBe(10);
  expect(desiredWorkers(projection(600_001, 1_000), queue(300), MINUTE)).toBe(11);
});

test('none when nothing is open, at least one when something is, never more than slices or the limit', () => {
  expect(desiredWorkers(projection(600_000, 1_000), undefined, MINUTE)).toBe(0);
  expect(desiredWorkers(projection(5, null), queue(1), MINUTE)).toBe(1);
  const natural = fc.nat({ max: 1_000_000 });
  fc.assert(
    fc.property(natural, natural, fc.integer({ min: 1, max: 500 }), (remaining, rate, open) => {
      const many = desiredWorkers(projection(remaining, rate), queue(open), MINUTE);
      expect(many).toBeGreaterThanOrEqual(1);
      expect(many).toBeLessThanOrEqual(Math.min(open, MINUTE.most));
    }),
  );
});
