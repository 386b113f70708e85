import { expect, test } from 'vitest';
import { patienceWith, supervise } from './supervised.ts';

test('a process that says for five minutes that it stops is not killed after one, amid requests', () => {
  expect(patienceWith({ DRAIN_MS: '300000' })).toBeGreaterThan(300_000);
  expect(patienceWith({ DRAIN_MS: 'many' })).toBe(patienceWith({}));
});

test('a program that could not be started at all was waited for without end, and its error ended the process', async () => {
  const script = new URL('nobody.ts', import.meta.url);
  const supervised = supervise({ script, environment: {}, log: '/nowhere/at/all.log' });
  await expect(supervised.ready).rejects.toThrow('it ended with ENOENT');
  await supervised.stop();
});
