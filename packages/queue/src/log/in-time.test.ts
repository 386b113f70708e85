import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { inTime, isSilence } from './in-time.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const never = new Promise<never>(() => undefined);

/** What becomes of it: its value, its error's message, or silence. */
const told = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    return await work;
  } catch (error) {
    return isSilence(error) ? 'silence' : (error as Error).message;
  }
};

test('work that is done in time gives what it gives, and throws what it throws', async () => {
  expect(await told(inTime(10, Promise.resolve('done')))).toBe('done');
  expect(await told(inTime(10, Promise.reject(new Error('broken'))))).toBe('broken');
  vi.advanceTimersByTime(10);
  expect(vi.getTimerCount()).toBe(0);
});

test('each silence ends when its own time is over, also one that began later and has less', async () => {
  const ended: number[] = [];
  for (const milliseconds of [100, 20, 100, 300]) {
    void told(inTime(milliseconds, never)).then((what) => what === 'silence' && ended.push(milliseconds));
  }
  await vi.advanceTimersByTimeAsync(19);
  expect(ended).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(ended).toEqual([20]);
  await vi.advanceTimersByTimeAsync(80);
  expect(ended).toEqual([20, 100, 100]);
  await vi.advanceTimersByTimeAsync(200);
  expect(ended).toEqual([20, 100, 100, 300]);
  expect(vi.getTimerCount()).toBe(0);
});

test('work that begins while the timer of earlier work is still set is waited for as long as it should be', async () => {
  await inTime(100, Promise.resolve());
  await vi.advanceTimersByTimeAsync(60);
  const later = told(inTime(100, never));
  let isOver = false;
  void later.then(() => {
    isOver = true;
  });
  await vi.advanceTimersByTimeAsync(99);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await later).toBe('silence');
});
