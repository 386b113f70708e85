import { INVALID_SPAN_CONTEXT, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Encloses } from '@scorekeep/queue';
import { expect, test } from 'vitest';
import { encloseIn } from './attempt.ts';

test('telemetry that fails when the work has ended changes nothing of how it ended', async () => {
  const fact: Encloses = {};
  encloseIn(fact, {
    span: trace.wrapSpanContext(INVALID_SPAN_CONTEXT),
    parent: ROOT_CONTEXT,
    correlation: { correlation_id: 'request-7' },
    end: () => {
      throw new Error('an instrument that throws');
    },
  });
  expect(await fact.within?.(async () => 'scored')).toBe('scored');
  await expect(fact.within?.(() => Promise.reject(new RangeError('of the work')))).rejects.toThrow('of the work');
});
