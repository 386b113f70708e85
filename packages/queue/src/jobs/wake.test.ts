import { expect, test } from 'vitest';
import { createWake } from './wake.ts';

const never = new AbortController().signal;
const LONG = 60_000;

test('a wake-up while nobody sleeps is not lost on whoever lies down next', async () => {
  const wake = createWake(() => Promise.resolve());
  wake.heard('q');
  await wake.sleep('q', LONG, never);
});

test('each wake-up wakes one sleeper, of its queue', async () => {
  const wake = createWake(() => Promise.resolve());
  const woken: string[] = [];
  const sleep = (queue: string, name: string): Promise<void> =>
    wake.sleep(queue, LONG, never).then(() => void woken.push(name));
  const first = sleep('q', 'first');
  const second = sleep('q', 'second');
  const other = sleep('other', 'other');
  wake.heard('q');
  await first;
  expect(woken).toEqual(['first']);
  wake.heard('other');
  await other;
  wake.heard('q');
  await second;
  expect(woken).toEqual(['first', 'other', 'second']);
});

test('a thousand wake-ups at once are two notices: one at once, one for all that came meanwhile', async () => {
  let sent = 0;
  const wake = createWake(async () => {
    sent++;
  });
  for (let i = 0; i < 1_000; i++) wake.now('q');
  expect(sent).toBe(1);
  await expect.poll(() => sent).toBe(2);
  await wake.close();
  expect(sent).toBe(2);
});

test('a notice that cannot be sent harms nobody', async () => {
  const wake = createWake(() => Promise.reject(new Error('no connection')));
  wake.now('q');
  await wake.close();
});

test('whoever is told to stop does not go to sleep, and wakes up', async () => {
  const wake = createWake(() => Promise.resolve());
  const stopping = new AbortController();
  const sleeping = wake.sleep('q', LONG, stopping.signal);
  stopping.abort();
  await sleeping;
  await wake.sleep('q', LONG, stopping.signal);
});
