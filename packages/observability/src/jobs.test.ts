import { channel } from 'node:diagnostics_channel';
import { context, type MeterProvider, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
  MeterProvider as Sdk,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Encloses } from '@scorekeep/queue';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { correlation, type Instrumentation, instrument, type LogLine, type TraceMode } from './index.ts';

beforeEach(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
let stop: () => void = () => undefined;
afterEach(() => {
  stop();
  context.disable();
});

const SENT = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, 'correlation-id': 'request-7' };
const settled = (outcome: 'ok' | 'retry' | 'dead', code: string | null = null) => ({
  queue: 'reward',
  job: 'job-1',
  outcome,
  code,
  attempt: 0,
  waitMs: 250,
  processMs: 10,
  ageMs: 2_000,
});

test('an attempt at a job is a root of its own linked to its enqueuing; the handler runs inside it, and its end is correlated', async () => {
  const { spans, lines, run } = observed('link');
  const seen = await run(['job-1'], [SENT], async () => ({
    id: correlation()?.correlation_id,
    span: trace.getActiveSpan()?.spanContext(),
  }));
  channel('scorekeep.job.settled').publish(settled('dead', 'card_declined'));
  const [span] = spans();
  expect(span).toMatchObject({
    name: 'process reward',
    kind: 4,
    parentSpanContext: undefined,
    links: [{ context: { spanId: 'b'.repeat(16) } }],
  });
  expect(span?.attributes).toMatchObject({
    'messaging.message.id': 'job-1',
    'messaging.message.conversation_id': 'request-7',
    'scorekeep.attempt': 1,
  });
  expect(seen).toEqual({ id: 'request-7', span: span?.spanContext() });
  expect(lines).toMatchObject([
    {
      event: 'job.settled',
      level: 'error',
      outcome: 'dead_letter',
      code: 'card_declined',
      correlation_id: 'request-7',
      trace_id: span?.spanContext().traceId,
      job: 'job-1',
    },
  ]);
});

test('a handler that throws, or answers that it wants another try, has a span that failed, with the code and no text', async () => {
  const { spans, run } = observed('link');
  await expect(
    run(['job-1'], [SENT], () => Promise.reject(new RangeError('secret of bob@example.com'))),
  ).rejects.toThrow('secret');
  await run(['job-2'], [SENT], async () => ({ outcome: 'retry', code: 'no_stock' }));
  await run(['job-3'], [SENT], async () => ({ outcome: 'later' }));
  expect(spans().map((span) => [span.status, span.attributes['error.type'], span.events])).toEqual([
    [{ code: 2 }, 'RangeError', []],
    [{ code: 2 }, 'no_stock', []],
    [{ code: 0 }, undefined, []],
  ]);
});

test('a batch is linked to all that caused it, in the mode `parent` too, which puts a single job inside its cause', async () => {
  const { spans, run } = observed('parent');
  const other = { traceparent: `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01` };
  await run(['job-1', 'job-2'], [SENT, other], async () => undefined);
  await run(['job-3'], [SENT], async () => undefined);
  const [batch, single] = spans();
  expect(batch?.links.map((link) => link.context.spanId)).toEqual(['b'.repeat(16), 'd'.repeat(16)]);
  expect(batch?.parentSpanContext).toBeUndefined();
  expect(batch?.attributes['messaging.batch.message_count']).toBe(2);
  expect(single?.parentSpanContext?.spanId).toBe('b'.repeat(16));
});

test('how jobs ended, what became of what was handed in, and whose worker died is counted', async () => {
  const { collect, run } = observed('none');
  await run(['job-1'], [], async () => undefined);
  for (const outcome of ['ok', 'ok', 'retry', 'dead'] as const)
    channel('scorekeep.job.settled').publish(settled(outcome, outcome === 'ok' ? null : 'no_stock'));
  channel('scorekeep.job.served').publish({ queue: 'reward', slots: 4 });
  channel('scorekeep.job.enqueued').publish({ queue: 'reward', accepted: 5, duplicate: 1, refused: 0, rejected: 2 });
  channel('scorekeep.job.crashed').publish({ queue: 'reward', jobs: 3, batches: 1, reason: 'worker' });
  channel('scorekeep.job.reaped').publish({ queue: 'reward', job: 'job-1', attempt: 0, reason: 'deadline' });
  channel('scorekeep.schedule.missed').publish({ queue: 'reward', runs: 3, caughtUp: false });
  channel('scorekeep.schedule.missed').publish({ queue: 'reward', runs: 24, caughtUp: true });
  channel('scorekeep.job.interrupted').publish({ queue: 'reward', code: '40P01' });
  channel('scorekeep.ingest.flushed').publish({
    log: 'game',
    lane: 0,
    accepted: 10,
    duplicate: 1,
    conflict: 0,
    rejected: 1,
    milliseconds: 4,
    waiting: 0,
  });
  channel('scorekeep.ingest.refused').publish({ log: 'game', late: 1, quarantined: 0, rejected: 1 });
  const metrics = await collect();
  expect(metrics['scorekeep.attempts']).toEqual({
    success: 2,
    retry: 1,
    dead_letter: 1,
    crashed: 3,
    expired: 1,
    interrupted: 1,
  });
  expect(metrics['scorekeep.schedule.missed']).toEqual({ skipped: 3, caught_up: 24 });
  // A job is over when it has succeeded or is dead; slots are of the queue, and none is in use any more.
  expect(metrics['scorekeep.e2e.duration']).toEqual({ success: 2, dead_letter: 1 });
  expect(metrics['scorekeep.worker.slots']).toEqual({ undefined: 4 });
  expect(metrics['scorekeep.worker.slots.used']).toEqual({ undefined: 0 });
  expect(metrics['scorekeep.receipts']).toEqual({ accepted: 10, duplicate: 1, rejected: 1, late: 1 });
});

/** The instrumentation against an SDK in memory, and a way to run a handler as the queue does. */
function observed(traceMode: TraceMode) {
  const exporter = new InMemorySpanExporter();
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const meterProvider: MeterProvider & { forceFlush(): Promise<void> } = new Sdk({
    readers: [new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 3_600_000 })],
  });
  const lines: LogLine[] = [];
  const instrumentation: Instrumentation = instrument({
    traceMode,
    meterProvider,
    tracerProvider: new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
    log: (line) => lines.push(line),
  });
  stop = instrumentation.stop;
  return {
    lines,
    spans: () => exporter.getFinishedSpans(),
    run: async <T>(jobs: string[], traceContexts: Record<string, string>[], work: () => Promise<T>): Promise<T> => {
      const fact: {
        queue: string;
        jobs: string[];
        attempt: number;
        traceContexts: Record<string, string>[];
      } & Encloses = { queue: 'reward', jobs, attempt: 0, traceContexts };
      channel('scorekeep.job.started').publish(fact);
      return fact.within === undefined ? work() : fact.within(work);
    },
    /** Values, and of histograms counts, by metric and outcome, of the last destination that has it. */
    async collect(): Promise<Record<string, Record<string, number>>> {
      await meterProvider.forceFlush();
      const all = metricExporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
      return Object.fromEntries(
        all.map(({ descriptor, dataPoints }) => [
          descriptor.name,
          Object.fromEntries(
            dataPoints.map(({ attributes, value }) => [
              String(attributes['scorekeep.outcome']),
              typeof value === 'number' ? value : value.count,
            ]),
          ),
        ]),
      );
    },
  };
}
