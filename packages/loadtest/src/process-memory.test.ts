import { platform } from 'node:os';
import { expect, test } from 'vitest';
import { memoryOf } from './process-memory.ts';

test.runIf(platform() === 'linux')('the memory of a process is about what it says itself', () => {
  const share = memoryOf(process.pid) / process.memoryUsage.rss();
  expect(share).toBeGreaterThan(0.5);
  expect(share).toBeLessThan(2);
});

test('a process that is not there holds nothing that could be known', () => {
  expect(memoryOf(2 ** 22 + 1)).toBeNaN(); // beyond the greatest that Linux gives
});
