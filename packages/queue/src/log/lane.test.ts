import { expect, test } from 'vitest';
import { type Call, type Entry, type Load, openLane } from './lane.ts';

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

/** A lane whose flushes end when the test says so. */
function lane(load: Load = { events: 0, bytes: 0 }) {
  const flushes: number[][] = [];
  const ends: (() => void)[] = [];
  const answered: (() => Promise<void> | undefined)[] = [];
  const opened = openLane(load, (entries, goOn) => {
    flushes.push(entries.map((one) => one.index));
    answered.push(goOn);
    return new Promise((resolve) => ends.push(resolve));
  });
  const end = async (): Promise<void> => {
    ends.shift()?.();
    await turn();
  };
  return { ...opened, load, flushes, answered, end };
}

/** The turn of the event loop after which a flush has begun. */
const turn = async (): Promise<void> => {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
};

test('one that is alone goes at once, and those that come meanwhile go together, half of what is in flight at most', async () => {
  const { push, flushes, end } = lane();
  push(entry(0));
  await turn();
  for (let i = 1; i <= 9; i++) push(entry(i));
  await turn();
  expect(flushes).toEqual([[0]]);
  await end();
  expect(flushes).toEqual([[0], [1, 2, 3, 4, 5]]);
  await end();
  expect(flushes.at(-1)).toEqual([6, 7]);
});

test('what a crowd waits for is sent before those who were answered are heard, who are still waited for', async () => {
  const { push, flushes, answered, end, idle } = lane();
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
  const { push, flushes, answered, end } = lane();
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
  const { push, flushes } = lane();
  push(entry(0));
  expect(flushes).toEqual([]);
  await new Promise(process.nextTick);
  expect(flushes).toEqual([[0]]);
});

test('after a crowd, whoever comes before the turn of the event loop ends goes with the first', async () => {
  const { push, flushes, end } = lane({ events: 1_000, bytes: 0 });
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
  const { push, flushes } = lane();
  for (let i = 0; i < 100; i++) push(entry(i));
  await turn();
  expect(flushes[0]).toHaveLength(50);
});

test('what is urgent goes before all that waits, each in its own order', async () => {
  const { push, flushes, end } = lane();
  push(entry(0));
  await turn();
  push(entry(1));
  push(entry(2));
  push(entry(3, { urgent: true }));
  push(entry(4, { urgent: true }));
  await end();
  expect(flushes[1]).toEqual([3, 4]);
});

test('a flush is bounded in bytes too, and always takes one', async () => {
  const { push, flushes } = lane({ events: 1_000, bytes: 0 });
  for (let i = 0; i < 4; i++) push(entry(i, { body: 'x'.repeat(3 * 2 ** 20) }));
  await turn();
  expect(flushes[0]).toEqual([0, 1]);
});

test('what has been written weighs no more, and a lane is idle when nothing is left', async () => {
  const { push, end, load, idle } = lane();
  await idle();
  push(entry(0));
  push(entry(1));
  let done = false;
  const ended = idle().then(() => {
    done = true;
  });
  await turn();
  await end();
  expect(done).toBe(false);
  expect(load.events).toBe(1);
  await end();
  await ended;
  expect(load).toEqual({ events: 0, bytes: 0 });
});

test('who was alone and asks again as soon as he is answered, before his flush has ended, does not wait for the turn either', async () => {
  const { push, flushes, end } = lane();
  push(entry(0));
  await turn();
  push(entry(1));
  const ended = end();
  for (let i = 0; i < 5; i++) await new Promise(process.nextTick);
  expect(flushes).toEqual([[0], [1]]);
  await ended;
});
