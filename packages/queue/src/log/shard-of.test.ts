import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shardOf } from './shard-of.ts';

test('these subjects lie in these shards for ever', () => {
  // By an implementation of its own in Python; stored with every event since, so a change here loses events.
  const golden = ['', 'a', 'user-1', 'user-2', 'room/42', 'Zoë', '🎲', '00000000-0000-7000-8000-000000000000'];
  expect(golden.map((subject) => shardOf(subject, 8))).toEqual([3, 3, 4, 1, 7, 2, 0, 2]);
});

test('a shard is one of those there are, and the same whenever it is asked for', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 32_767 }), (subject, shards) => {
      const shard = shardOf(subject, shards);
      expect(shard).toBe(shardOf(subject, shards));
      expect(Number.isInteger(shard) && shard >= 0 && shard < shards).toBe(true);
    }),
  );
});

test('numbered subjects are spread evenly, whatever their pattern', () => {
  for (const name of [(i: number) => `user-${i}`, (i: number) => String(i * 8), (i: number) => `${i}@example.com`]) {
    const counts = new Array<number>(8).fill(0);
    for (let i = 0; i < 80_000; i++) {
      const shard = shardOf(name(i), 8);
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    // 10 000 each; the standard deviation of a fair draw is 94.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  }
});
