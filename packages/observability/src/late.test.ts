import { channel } from 'node:diagnostics_channel';
import { logs, trace } from '@opentelemetry/api';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Encloses } from '@scorekeep/queue';
import { expect, test } from 'vitest';
import { instrument } from './index.ts';

test('an SDK that is registered after the pipeline was instrumented gets all spans and events that follow', async () => {
  const instrumentation = instrument();
  await work('before');
  const spans = new InMemorySpanExporter();
  const records = new InMemoryLogRecordExporter();
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }));
  logs.setGlobalLoggerProvider(
    new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: records })] }),
  );
  await work('after');
  instrumentation.stop();
  expect(spans.getFinishedSpans().map(({ name }) => name)).toEqual(['process jobs/after', 'process log/after']);
  expect(records.getFinishedLogRecords().map(({ eventName, attributes }) => [eventName, attributes['queue']])).toEqual([
    ['job.reaped', 'jobs/after'],
  ]);
  trace.disable();
  logs.disable();
});

/** A job, a step of a projection and an event, as the queue tells of them. */
async function work(name: string): Promise<void> {
  const job: Encloses = { queue: `jobs/${name}`, jobs: ['job-1'], attempt: 0, traceContexts: [] } as Encloses;
  channel('scorekeep.job.started').publish(job);
  await job.within?.(async () => undefined);
  const step: Encloses = { log: name, label: 'play_v1' } as Encloses;
  channel('scorekeep.projection.stepping').publish(step);
  await step.within?.(async () => ({ events: 1, parked: 0 }));
  channel('scorekeep.job.reaped').publish({ queue: `jobs/${name}`, job: 'job-1', attempt: 0, reason: 'worker' });
}
