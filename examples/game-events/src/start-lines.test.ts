import { expect, test } from 'vitest';
import { startLines } from './start-lines.ts';

const stats = { workers: 2, capacity_per_second: 1_800 };

test('the start says how many workers there are, in all processes, and what they get through', () => {
  expect(startLines({ direct: false, workers: 1, redisUrl: undefined, stats })).toEqual([
    '📦 ✅ Event Queue initialized (Postgres)',
    '📦    Workers: 3, Capacity: ~1800 events/second',
  ]);
});

test('it says so when nobody works, and that Redis does nothing', () => {
  const lines = startLines({ direct: false, workers: 0, redisUrl: 'redis://x', stats: { ...stats, workers: 0 } });
  expect(lines.join('\n')).toMatch(/No worker has joined yet[\s\S]*REDIS_URL is set and not used/);
});

test('direct processing is told in the words of the guide', () => {
  expect(startLines({ direct: true, workers: 0, redisUrl: undefined, stats })).toContain(
    '📦    Using direct processing (suitable for <10K DAU)',
  );
});
