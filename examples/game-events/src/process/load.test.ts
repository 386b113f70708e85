import { expect, test } from 'vitest';
import { Load } from './load.ts';

test('a worker is as busy as the share of the last minute that it spent with events', () => {
  const load = new Load();
  load.add(0, 30_000, 10);
  expect(load.read(60_000).busyPercent).toBe(50);
  expect(load.read(75_000).busyPercent).toBe(25);
  expect(load.read(90_000).busyPercent).toBe(0);
});

test('only large batches say how many events it gets through, and the rate outlives a quiet minute', () => {
  const load = new Load();
  load.add(0, 1_000, 1);
  expect(load.read(1_000).perSecond).toBe(0);
  load.add(1_000, 1_500, 1_000);
  expect(load.read(2_000).perSecond).toBe(2_000);
  expect(load.read(200_000)).toEqual({ busyPercent: 0, perSecond: 2_000 });
});
