import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { within } from './within.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what never comes is named when its time is up', async () => {
  const waiting = within(60, 'the browser to close', new Promise(() => undefined));
  const failed = expect(waiting).rejects.toThrow('Waited 60 s in vain for the browser to close.');
  await vi.advanceTimersByTimeAsync(60_000);
  await failed;
});

test('what comes in time is passed on, an error as well, and no timer is left', async () => {
  expect(await within(60, 'a number', Promise.resolve(7))).toBe(7);
  await expect(within(60, 'a number', Promise.reject(new Error('none')))).rejects.toThrow('none');
  expect(vi.getTimerCount()).toBe(0);
});
