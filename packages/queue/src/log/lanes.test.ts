import { afterEach, expect, test, vi } from 'vitest';
import { type Call, type Entry, openLanes } from './lanes.ts';

const call: Call = { settle: () => undefined, fail: () => undefined };
const entry = (index: number, more: Partial<Entry> = {}): Entry => ({
  key: String(index),
  shard: 0,
  type: 1,
  schemaVersion: 1,
  subject: 's',
  occurredAt: 0,
  id: null,
  source: null,
  extensions: null,
  body: '{}',
  urgent: false,
  index,
  call,
  ...more,
});

/** Lanes whose flushes end when the test says so, the first first. */
function lanes() {
  const flushes: number[][] = [];
  const ends: (() => void)[] = [];
  const answered: (() => Promise<void> | undefined)[] = [];
  const opened = openLanes((entries, _lane, goOn) => {
    flushes.push(entries.map((one) => one.index));
    answered.push(goOn);
    return new Promise((resolve) => ends.push(resolve));
  });
  const end = async (): Promise<void> => {
    ends.shift()?.();
    await turn();
  };
  const endLast = async (): Promise<void> => {
    ends.pop()?.();
    await turn();
  };
  return { ...opened, flushes, answered, end, endLast };
}

afterEach(() => void vi.useRealTimers());

/** The turn of the event loop after which a flush has begun. */
const turn = async (): Promise<void> => {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
};

test('one that is alone goes at once, and the few that come meanwhile go together, whatever their lanes', async () => {
  const { push, flushes, end } = lanes();
  push(entry(0));
  await turn();
  for (let i = 1; i <= 9; i++) push(entry(i, { shard: i }));
  await turn();
  expect(flushes).toEqual([[0]]);
  await end();
  expect(flushes).toEqual([[0], [2, 4, 6, 8, 1, 3, 5, 7, 9]]);
});

test('a crowd has a flush of each lane under way, of half of what is in flight at most, until few are left', async () => {
  const { push, flushes, end } = lanes();
  for (let i = 0; i < 90; i++) push(entry(i, { shard: i < 60 ? 0 : 1 }));
  await turn();
  expect(flushes.map(({ length }) => length)).toEqual([45, 30]);
  for (let i = 90; i < 120; i++) push(entry(i, { shard: 1 }));
  await turn();
  expect(flushes).toHaveLength(2);
  await end();
  expect(flushes.slice(2)).toEqual([Array.from({ length: 15 }, (_, i) => 45 + i)]);
  await end();
  expect(flushes).toHaveLength(3);
  await end();
  expect(flushes.slice(3)).toEqual([Array.from({ length: 30 }, (_, i) => 90 + i)]);
});

test('events behind a lane that was held up waited for it, though theirs was free', async () => {
  const { push, flushes, end, endLast } = lanes();
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  push(entry(0));
  await turn();
  vi.advanceTimersByTime(10);
  push(entry(1, { shard: 1 }));
  await turn();
  expect(flushes).toEqual([[0]]);
  vi.advanceTimersByTime(50);
  expect(flushes).toEqual([[0], [1]]);
  push(entry(2));
  await endLast();
  for (const index of [3, 4, 5]) {
    push(entry(index, { shard: 1 }));
    await turn();
  }
  expect(flushes.slice(2)).toEqual([[3]]);
  await endLast();
  expect(flushes.slice(3)).toEqual([[4, 5]]);
  await endLast();
  await end();
  expect(flushes.slice(4)).toEqual([[2]]);
});

test('a flush of both lanes that was held up parts them, for a second', async () => {
  const { push, flushes, end } = lanes();
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  const both = (index: number): void => {
    push(entry(index));
    push(entry(index + 1, { shard: 1 }));
  };
  both(0);
  await turn();
  vi.advanceTimersByTime(60);
  both(2);
  await end();
  expect(flushes).toEqual([[0, 1], [2], [3]]);
  await end();
  await end();
  vi.advanceTimersByTime(1_001);
  both(4);
  await turn();
  expect(flushes.slice(3).map((flush) => flush.toSorted())).toEqual([[4, 5]]);
});

test('large events of one lane left no room for those of the other', async () => {
  const { push, flushes, end } = lanes();
  for (let i = 0; i < 4; i++) push(entry(i, { body: 'x'.repeat(3 * 2 ** 20) }));
  push(entry(4, { shard: 1 }));
  await turn();
  await end();
  expect(flushes).toEqual([
    [0, 1],
    [4, 2, 3],
  ]);
});

test('a crowd that comes to the one lane lets the other go on', async () => {
  const { push, flushes } = lanes();
  push(entry(0));
  await turn();
  push(entry(1, { shard: 1 }));
  for (let i = 2; i < 100; i++) push(entry(i));
  await turn();
  expect(flushes).toEqual([[0], [1]]);
});

test('what a crowd waits for is sent before those who were answered are heard, who are still waited for', async () => {
  const { push, flushes, answered, end, idle } = lanes();
  push(entry(0));
  await turn();
  for (let i = 1; i <= 400; i++) push(entry(i));
  await end();
  expect(flushes.map((flush) => flush.length)).toEqual([1, 200]);
  const heard = answered[1]?.();
  expect(flushes.map((flush) => flush.length)).toEqual([1, 200, 200]);
  await heard;
  expect(answered[1]?.()).toBeUndefined();
  let isIdle = false;
  void idle().then(() => {
    isIdle = true;
  });
  await end();
  expect(isIdle).toBe(false);
  await end();
  expect(isIdle).toBe(true);
  push(entry(401));
  await turn();
  expect(flushes.at(-1)).toEqual([401]);
});

test('a few that wait are joined by those who are answered', async () => {
  const { push, flushes, answered, end } = lanes();
  push(entry(0));
  await turn();
  for (let i = 1; i <= 200; i++) push(entry(i));
  await end();
  expect(answered[1]?.()).toBeUndefined();
  push(entry(201));
  await end();
  expect(flushes.map((flush) => flush.length)).toEqual([1, 100, 51]);
});

test('who has been alone does not wait until the turn of the event loop ends', async () => {
  const { push, flushes } = lanes();
  push(entry(0));
  expect(flushes).toEqual([]);
  await new Promise(process.nextTick);
  expect(flushes).toEqual([[0]]);
});

test('after a crowd, whoever comes before the turn of the event loop ends goes with the first', async () => {
  const { push, flushes, end } = lanes();
  push(entry(0));
  push(entry(1));
  await turn();
  await end();
  push(entry(2));
  await new Promise(process.nextTick);
  push(entry(3));
  await turn();
  expect(flushes).toEqual([
    [0, 1],
    [2, 3],
  ]);
});

test('all that comes in one turn of the event loop is counted before the first flush takes its half', async () => {
  const { push, flushes } = lanes();
  for (let i = 0; i < 100; i++) push(entry(i));
  await turn();
  expect(flushes[0]).toHaveLength(50);
});

test('what is urgent goes before all that waits, each in its own order', async () => {
  const { push, flushes, end } = lanes();
  push(entry(0));
  await turn();
  push(entry(1));
  push(entry(2));
  push(entry(3, { urgent: true }));
  push(entry(4, { urgent: true }));
  push(entry(5, { urgent: true, shard: 1 }));
  await end();
  expect(flushes[1]).toEqual([3, 4, 5, 1, 2]);
});

test('a flush is bounded in bytes too, and always takes one', async () => {
  const { push, flushes } = lanes();
  for (let i = 0; i < 4; i++) push(entry(i, { body: 'x'.repeat(3 * 2 ** 20) }));
  await turn();
  expect(flushes[0]).toEqual([0, 1]);
});

test('lanes are idle when nothing is left', async () => {
  const { push, end, idle } = lanes();
  await idle();
  push(entry(0));
  await turn();
  push(entry(1, { shard: 1 }));
  let done = false;
  const ended = idle().then(() => {
    done = true;
  });
  await end();
  expect(done).toBe(false);
  await end();
  await ended;
});

test('who was alone and asks again as soon as he is answered, before his flush has ended, does not wait for the turn either', async () => {
  const { push, flushes, end } = lanes();
  push(entry(0));
  await turn();
  push(entry(1));
  const ended = end();
  for (let i = 0; i < 5; i++) await new Promise(process.nextTick);
  expect(flushes).toEqual([[0], [1]]);
  await ended;
});
