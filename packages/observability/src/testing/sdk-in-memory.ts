import type { MeterProvider as Api } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { freshGauges } from '../node/fresh-gauges.ts';

/** An SDK that keeps what is collected: attributes and value of each point by metric. */
export function sdkInMemory(): {
  provider: Api;
  collect(): Promise<Record<string, [Record<string, unknown>, unknown][]>>;
} {
  const exporter = freshGauges(new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE));
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  return {
    provider,
    async collect() {
      exporter.reset();
      await provider.forceFlush();
      const collected = exporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
      return Object.fromEntries(
        collected
          .filter((metric) => metric.dataPoints.length > 0)
          .map((metric) => [metric.descriptor.name, metric.dataPoints.map((point) => [point.attributes, point.value])]),
      );
    },
  };
}
