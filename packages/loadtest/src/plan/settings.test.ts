import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { composeText, envText, settingsOf } from './settings.ts';

const rate = { workers: 7, extrapolated: false, estimate: 500, low: 450, high: 550 };
const planned = { ok: true, workers: 7, rate, neededPerSecond: 347 } as const;

test('rules take one slice and the smallest pool for each process, and leave the batch to `connect` where none was measured', () => {
  const settings = settingsOf(planned, {}, {});
  expect(settings).toEqual({ replicas: 7, workers: 1, poolSize: 6 });
  expect(envText(settings)).toBe('WORKER_REPLICAS=7\nWORKERS=1\nDATABASE_POOL_SIZE=6\n');
});

test('jobs of a handler hold a connection each, beside the slice and two that connect wants', () => {
  expect(settingsOf(planned, { handlerMs: 60, concurrency: 10 }, {})).toMatchObject({ concurrency: 10, poolSize: 13 });
});

test('a batch is so large that its fixed cost is a twentieth, and ends within 0.4 s', () => {
  // 8 ms and 0.125 ms an item: 19 × 8 / 0.125 = 1216. 8 ms and 1 ms an item: 19 × 8 = 152, of 392 that fit.
  const measured = (perItem: number) => ({
    batches: [8, 16, 32, 64].map((items) => ({ items, ms: 8 + perItem * items })),
  });
  expect(settingsOf(planned, {}, measured(0.125)).batchSize).toBe(1216);
  expect(settingsOf(planned, {}, measured(1)).batchSize).toBe(152);
  expect(settingsOf(planned, {}, measured(4)).batchSize).toBe(38);
});

test('the compose text is YAML of the same numbers', () => {
  const settings = { replicas: 3, workers: 1, concurrency: 5, poolSize: 8, batchSize: 500 };
  const { services } = parse(composeText(settings));
  expect(services.worker.deploy).toEqual({ replicas: 3 });
  const named = Object.entries(services.worker.environment).map(([name, value]) => `${name}=${value}\n`);
  expect(`WORKER_REPLICAS=3\n${named.join('')}`).toBe(envText(settings));
});
