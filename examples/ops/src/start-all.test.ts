import { expect, test } from 'vitest';
import { startAll } from './start-all.ts';

test('a worker that does not start leaves the others known', async () => {
  const workers = ['first'];
  const last = Promise.withResolvers<string>();
  const starts = [Promise.resolve('second'), Promise.reject(new Error('no port')), last.promise];
  const started = startAll(workers, starts.length, () => starts.shift() as Promise<string>);
  last.resolve('third');
  await expect(started).rejects.toThrow('no port');
  expect(workers).toEqual(['first', 'second', 'third']);
});
