import { randomUUID } from 'node:crypto';
import { context, logs, metrics, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { type IMetricReader, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { ScorekeepError } from '@scorekeep/queue';
import { propagator } from '../traces/carrier.ts';
import { freshGauges } from './fresh-gauges.ts';
import type { StartOptions } from './start-telemetry.ts';
import { toldExporter } from './told-exporter.ts';

/** An SDK of this process. */
export interface Sdk {
  /** Undefined when nothing is to be scraped. */
  readonly prometheus: PrometheusExporter | undefined;
  /** Sends what is not sent yet; never rejects. */
  flush(): Promise<void>;
  /** Sends it, and sends nothing more; at most 5 seconds, and never rejects. */
  shutdown(): Promise<void>;
  /** Makes room for another. */
  unregister(): void;
}

/**
 * Makes an SDK and registers it.
 *
 * @param collector where it sends to; undefined for nowhere
 * @param failed told of what could not be sent
 * @throws ScorekeepError ALREADY_STARTED when one is registered
 */
export function startSdk(
  options: StartOptions,
  collector: string | undefined,
  failed: (where: string, error: unknown) => void,
): Sdk {
  const { service, version, instance = randomUUID(), environment, otlp, sample = 0.1 } = options;
  const resource = resourceFromAttributes({
    'service.name': service,
    'service.instance.id': instance,
    ...(version !== undefined && { 'service.version': version }),
    ...(environment !== undefined && { 'deployment.environment.name': environment }),
  });
  const to = (signal: string): { url: string; headers: Record<string, string> } => ({
    url: `${collector}/v1/${signal}`,
    headers: { ...otlp?.headers },
  });
  const told = <Exporter extends Parameters<typeof toldExporter>[0]>(signal: string, exporter: Exporter): Exporter =>
    toldExporter(exporter, (error) => failed(`export of ${signal}`, error));
  const everyMs = otlp?.everyMs ?? 15_000;

  const readers: IMetricReader[] = [];
  if (collector !== undefined) {
    const exporter = told('metrics', freshGauges(new OTLPMetricExporter(to('metrics'))));
    readers.push(new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: everyMs }));
  }
  // Its own server would be open to every interface of the machine and tell nothing of health.
  const prometheus = options.prometheus ? freshGauges(new PrometheusExporter({ preventServerStart: true })) : undefined;
  if (prometheus !== undefined) readers.push(prometheus);
  const meterProvider = new MeterProvider({ resource, readers });
  const spanExporter = collector === undefined ? undefined : told('traces', new OTLPTraceExporter(to('traces')));
  const tracerProvider = new TracerProvider({
    resource,
    // Our attempts are roots of their own, so what a caller sampled does not decide for everything that it causes.
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sample) }),
    spanProcessors: spanExporter === undefined ? [] : [new BatchSpanProcessor({ exporter: spanExporter })],
  });
  const logExporter = collector === undefined ? undefined : told('logs', new OTLPLogExporter(to('logs')));
  const loggerProvider = new LoggerProvider({
    resource,
    processors: logExporter === undefined ? [] : [new BatchLogRecordProcessor({ exporter: logExporter })],
  });
  const providers = [tracerProvider, meterProvider, loggerProvider];

  const shutdown = async (): Promise<void> => {
    const sent = Promise.allSettled(providers.map((provider) => provider.shutdown()));
    await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, SHUTDOWN_MS).unref())]);
  };
  // Ours would be told nothing of what the host has registered, and ending it would end the host's.
  if (!trace.setGlobalTracerProvider(tracerProvider)) {
    void shutdown();
    throw new ScorekeepError(
      'ALREADY_STARTED',
      'An OpenTelemetry SDK is registered in this process. Call instrument() of @scorekeep/observability, which emits through it.',
    );
  }
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(propagator);
  metrics.setGlobalMeterProvider(meterProvider);
  logs.setGlobalLoggerProvider(loggerProvider);
  const runtime = new RuntimeNodeInstrumentation({ monitoringPrecision: LOOP_MS });
  runtime.setMeterProvider(meterProvider);
  runtime.enable();
  return {
    prometheus,
    async flush() {
      await Promise.allSettled(providers.map((provider) => provider.forceFlush()));
    },
    shutdown,
    unregister() {
      runtime.disable();
      for (const api of [trace, metrics, logs, propagation, context]) api.disable();
    },
  };
}

const SHUTDOWN_MS = 5_000;

/**
 * How often the delay of the event loop is sampled. Its own default, 10, costs 6 ms of CPU time a second, twice as much as
 * all else that is observed; a delay is shown as at least this.
 */
const LOOP_MS = 20;
