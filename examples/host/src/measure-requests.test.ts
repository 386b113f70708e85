import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { instrument } from '@scorekeep/observability';
import { expect, test } from 'vitest';
import { createApp } from './create-app.ts';
import { HostError } from './host-error.ts';
import { limitInProcess } from './rate-limit.ts';

/** The series of the requests that an app is sent. */
async function measured(
  trustProxy: boolean,
  requests: readonly { url: string; headers?: Readonly<Record<string, string>> }[],
) {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
  metrics.setGlobalMeterProvider(provider);
  const telemetry = instrument();
  const app = await createApp({ telemetry, limit: limitInProcess(100, 60), trustProxy });
  app.get<{ Params: { id: string } }>('/matches/:id', async ({ params }) => {
    if (params.id === '13') throw new HostError(503, 'UNAVAILABLE', 'Try again.');
    return {};
  });
  for (const request of requests) await app.inject(request);
  await app.close();
  telemetry.stop();
  await provider.forceFlush();
  const [metric] = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
    .filter(({ descriptor }) => descriptor.name === 'http.server.request.duration');
  await provider.shutdown();
  metrics.disable();
  return metric;
}

test('the alerts on requests stood on a metric that no host had: each request is measured, by route and status, and no stranger makes series', async () => {
  const urls = ['/matches/1', '/matches/2', '/matches/13', '/a', '/b'];
  const metric = await measured(
    false,
    urls.map((url) => ({ url })),
  );
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
});

test('behind a proxy that passes X-Forwarded-Proto on, each word that a stranger wrote into it was a series of its own', async () => {
  const schemes = ['https', 'http', 'a', 'b', 'c', ''];
  const metric = await measured(
    true,
    schemes.map((scheme) => ({ url: '/matches/1', headers: { 'x-forwarded-proto': scheme } })),
  );
  expect(metric?.dataPoints.map(({ attributes }) => attributes['url.scheme'])).toEqual(['https', 'http']);
});
