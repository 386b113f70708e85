import path from 'node:path';
import { expect, test } from 'vitest';
import { startWorker } from './worker-process.ts';

test('a worker that has died between two questions is an error of the run, whatever it is asked', async () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const plain = { url: 'postgres://nobody@127.0.0.1:1/none', contest: 'matches', backend: 'sql' } as const;
  const worker = await startWorker({ ...plain, batchSize: 500, root, plant: undefined, mode: 'score' });
  process.kill(worker.pid, 'SIGKILL');
  expect(await worker.ended).toBe('SIGKILL');
  const error = { code: 'RUN_FAILED', fields: { how: 'SIGKILL' } };
  await expect(worker.turn({ ask: 'disconnect' })).rejects.toMatchObject(error);
  await expect(worker.ask({ ask: 'run' })).rejects.toMatchObject(error);
  await expect(worker.stop()).rejects.toMatchObject(error);
});
