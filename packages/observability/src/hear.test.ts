import { channel } from 'node:diagnostics_channel';
import { afterEach, expect, test } from 'vitest';
import { type Instrumentation, instrument, type LogLine } from './index.ts';

let instrumentation: Instrumentation | undefined;
afterEach(() => instrumentation?.stop());

test('a fact that cannot be heard is told of once, not each time', () => {
  const lines: LogLine[] = [];
  instrumentation = instrument({ log: (line) => lines.push(line) });
  for (let i = 0; i < 100; i++) channel('scorekeep.job.enqueued').publish(undefined);
  expect(lines).toMatchObject([{ event: 'telemetry.failed', where: 'job.enqueued', code: 'TypeError', repeated: 0 }]);
});

test('a log that cannot be written does not end the process', async () => {
  const ended: unknown[] = [];
  const onEnd = (error: unknown): void => void ended.push(error);
  process.on('uncaughtException', onEnd);
  instrumentation = instrument({
    log: () => {
      throw new Error('write after end');
    },
  });
  channel('scorekeep.run.finished').publish({ run: 'r', projection: 1, label: 'points_v1', seconds: 1 });
  channel('scorekeep.job.enqueued').publish(undefined);
  instrumentation.security('auth_failed');
  // What a subscriber throws, `diagnostics_channel` throws in the next tick.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('uncaughtException', onEnd);
  expect(ended).toEqual([]);
});
