import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { PgBoss } from 'pg-boss';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { METRICS, SCOPE, SPAN_ATTRIBUTES } from '../catalogue.ts';
import { createMeters } from '../metrics/meters.ts';
import { bossTelemetry } from './boss-telemetry.ts';
import { correlation, withCorrelation } from './correlation.ts';
import type { TraceMode } from './placement.ts';

beforeEach(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterEach(() => context.disable());

test('each attempt that pg-boss makes is a trace of its own linked to the send, without the text of its error', async () => {
  const { boss, spans, metrics } = await startObserved('link');
  const seen: (string | undefined)[] = [];
  const id = await withCorrelation('request-7', () => boss.send('mail', { to: 'bob@example.com' }));
  const failed = new Promise<void>((resolve) => {
    void boss.work('mail', { pollingIntervalSeconds: 0.5 }, async () => {
      seen.push(correlation()?.correlation_id);
      if (seen.length === 2) resolve();
      throw new RangeError('no mail for bob@example.com');
    });
  });
  await failed;
  await boss.stop({ graceful: true });
  const [send] = spans('send mail');
  const attempts = spans('process mail');
  expect(attempts).toHaveLength(2);
  expect(new Set([send, ...attempts].map((span) => span?.spanContext().traceId)).size).toBe(3);
  for (const attempt of attempts) {
    expect(attempt).toMatchObject({ parentSpanContext: undefined, status: { code: 2 }, events: [] });
    expect(attempt.status.message).toBeUndefined();
    expect(attempt.links.map((link) => link.context.spanId)).toEqual([send?.spanContext().spanId]);
    expect(attempt.attributes).toMatchObject({
      'messaging.message.id': id,
      'messaging.message.conversation_id': 'request-7',
      'error.type': 'RangeError',
    });
  }
  expect(seen).toEqual(['request-7', 'request-7']);
  const told = JSON.stringify(
    [...spans()].map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  );
  expect(told).not.toContain('bob@example.com');
  for (const span of spans()) for (const key of Object.keys(span.attributes)) expect(SPAN_ATTRIBUTES).toContain(key);
  const named = await metrics();
  expect([...named.keys()].toSorted()).toEqual([
    'messaging.client.consumed.messages',
    'messaging.client.operation.duration',
    'messaging.client.sent.messages',
    'messaging.process.duration',
  ]);
  for (const { scope } of named.values()) expect(scope).toBe(SCOPE);
  expect(named.get('messaging.process.duration')?.bounds).toEqual(METRICS['messaging.process.duration'].buckets);
});

test('in the mode `parent` an attempt is inside its send and linked to it; polls have no span', async () => {
  const { boss, spans } = await startObserved('parent');
  await boss.send('mail', {});
  const done = new Promise<void>(
    (resolve) => void boss.work('mail', { pollingIntervalSeconds: 0.5 }, async () => resolve()),
  );
  await done;
  expect(await boss.fetch('mail')).toEqual([]);
  await boss.stop({ graceful: true });
  expect(
    spans()
      .map((span) => span.name)
      .toSorted(),
  ).toEqual(['complete mail', 'process mail', 'send mail']);
  const [send, attempt] = [spans('send mail')[0], spans('process mail')[0]];
  expect(attempt?.parentSpanContext?.spanId).toBe(send?.spanContext().spanId);
  expect(attempt?.links).toHaveLength(1);
  expect(spans('complete mail')[0]?.parentSpanContext?.spanId).toBe(attempt?.spanContext().spanId);
});

/** A pg-boss of its own on a new database, observed by SDKs in memory. */
async function startObserved(mode: TraceMode) {
  const { url } = await testDatabase();
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const meterProvider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 3_600_000 })],
  });
  const openTelemetry = bossTelemetry(mode, createMeters(meterProvider), tracerProvider);
  const boss = new PgBoss({ connectionString: url, max: 3, openTelemetry });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.createQueue('mail', { retryLimit: 1, retryDelay: 0 });
  return {
    boss,
    spans: (name?: string): ReadableSpan[] =>
      exporter.getFinishedSpans().filter((span) => name === undefined || span.name === name),
    async metrics(): Promise<ReadonlyMap<string, { scope: string; bounds: unknown }>> {
      await meterProvider.forceFlush();
      const scopes = metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
      return new Map(
        scopes.flatMap(({ scope, metrics }) =>
          metrics.map(({ descriptor, dataPoints: [point] }) => {
            const value = point?.value as { buckets?: { boundaries: unknown } } | undefined;
            return [descriptor.name, { scope: scope.name, bounds: value?.buckets?.boundaries }] as const;
          }),
        ),
      );
    },
  };
}
