import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { instrument } from '@scorekeep/observability';
import { afterAll, expect, test } from 'vitest';
import { createApp } from './create-app.ts';
import { HostError } from './host-error.ts';
import { limitInProcess } from './rate-limit.ts';

afterAll(() => metrics.disable());

test('the alerts on requests stood on a metric that no host had: each request is measured, by route and status, and no stranger makes series', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
  metrics.setGlobalMeterProvider(provider);
  const app = await createApp({ telemetry: instrument(), limit: limitInProcess(100, 60), trustProxy: false });
  app.get<{ Params: { id: string } }>('/matches/:id', async ({ params }) => {
    if (params.id === '13') throw new HostError(503, 'UNAVAILABLE', 'Try again.');
    return {};
  });
  for (const url of ['/matches/1', '/matches/2', '/matches/13', '/a', '/b']) await app.inject({ url });
  await app.close();
  await provider.forceFlush();
  const [metric] = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
    .filter(({ descriptor }) => descriptor.name === 'http.server.request.duration');
  expect(metric?.descriptor.unit).toBe('s');
  const counted = metric?.dataPoints.map(({ attributes, value }) => [
    attributes['http.route'] ?? null,
    attributes['http.response.status_code'],
    (value as { count: number }).count,
  ]);
  expect(counted).toEqual([
    ['/matches/:id', 200, 2],
    ['/matches/:id', 503, 1],
    [null, 404, 2],
  ]);
  await provider.shutdown();
});
