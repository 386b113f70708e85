import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { recently } from './recently.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('whoever asks meanwhile or within the time gets one answer, and who asks later a new one', async () => {
  const find = vi.fn(async (key: string) => `${key} ${find.mock.calls.length}`);
  const ask = recently(1_000, find);
  expect(await Promise.all([ask('a'), ask('a'), ask('b')])).toEqual(['a 1', 'a 1', 'b 2']);
  vi.advanceTimersByTime(999);
  expect(await ask('a')).toBe('a 1');
  vi.advanceTimersByTime(1);
  expect(await ask('a')).toBe('a 3');
});

test('a failure is not remembered', async () => {
  const find = vi.fn<() => Promise<number>>().mockRejectedValueOnce(new Error('away')).mockResolvedValue(1);
  const ask = recently(1_000, find);
  await expect(ask('a')).rejects.toThrow('away');
  expect(await ask('a')).toBe(1);
});
