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
import { type Instrumentation, type InstrumentOptions, instrument } from '../instrument.ts';
import { propagator } from '../traces/carrier.ts';
import { freshGauges } from './fresh-gauges.ts';
import { listen } from './listen.ts';

/** What {@link startTelemetry} starts. */
export interface StartOptions extends InstrumentOptions {
  /** `service.name`. */
  readonly service: string;
  /** `service.version`. */
  readonly version?: string;
  /** `service.instance.id`: tells the workers of one service apart. Default a new one for each process. */
  readonly instance?: string;
  /** `deployment.environment.name`. */
  readonly environment?: string;
  /**
   * A collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`; signals go to `/v1/traces` and so on below
   * it. Default OTEL_EXPORTER_OTLP_ENDPOINT; without either nothing is sent.
   */
  readonly otlp?: {
    readonly url?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly everyMs?: number;
  };
  /**
   * Serves `/metrics` for Prometheus, and `/livez`, `/readyz`, `/startupz` and `/healthz` beside it, by default for this
   * machine only and at 9464; port 0 takes a free one.
   */
  readonly prometheus?: boolean | { readonly host?: string; readonly port?: number };
  /** Share of the traces that begin here that are kept, 0 to 1. Default 0.1. */
  readonly sample?: number;
}

/** A running SDK, and what it observes. */
export interface Telemetry extends Instrumentation {
  /** Where `/metrics` and health are served; undefined when they are not. */
  readonly url: string | undefined;
  /** Sends what is not sent yet. */
  flush(): Promise<void>;
  /** Sends it, and ends; at most 5 seconds. Call it after `keep.stop()`. */
  shutdown(): Promise<void>;
}

/** Starts an SDK with OTLP, Prometheus and the metrics of the runtime, registers it, and instruments the pipeline. */
export async function startTelemetry(options: StartOptions): Promise<Telemetry> {
  // First, since it refuses a second time; it finds the SDK when there is one.
  const instrumentation = instrument(options);
  const { service, version, instance = randomUUID(), environment, otlp, sample = 0.1 } = options;
  const resource = resourceFromAttributes({
    'service.name': service,
    'service.instance.id': instance,
    ...(version !== undefined && { 'service.version': version }),
    ...(environment !== undefined && { 'deployment.environment.name': environment }),
  });
  const base = (otlp?.url ?? process.env['OTEL_EXPORTER_OTLP_ENDPOINT'])?.replace(/\/+$/, '');
  const to = (signal: string): { url: string; headers: Record<string, string> } => ({
    url: `${base}/v1/${signal}`,
    headers: { ...otlp?.headers },
  });
  const everyMs = otlp?.everyMs ?? 15_000;

  const readers: IMetricReader[] = [];
  if (base !== undefined) {
    const exporter = freshGauges(new OTLPMetricExporter(to('metrics')));
    readers.push(new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: everyMs }));
  }
  // Its own server would be open to every interface of the machine and tell nothing of health.
  const prometheus = options.prometheus ? freshGauges(new PrometheusExporter({ preventServerStart: true })) : undefined;
  if (prometheus !== undefined) readers.push(prometheus);
  const meterProvider = new MeterProvider({ resource, readers });
  const tracerProvider = new TracerProvider({
    resource,
    // Our attempts are roots of their own, so what a caller sampled does not decide for everything that it causes.
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sample) }),
    spanProcessors:
      base === undefined ? [] : [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(to('traces')) })],
  });
  const loggerProvider = new LoggerProvider({
    resource,
    processors: base === undefined ? [] : [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(to('logs')) })],
  });

  const contextManager = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contextManager);
  propagation.setGlobalPropagator(propagator);
  trace.setGlobalTracerProvider(tracerProvider);
  metrics.setGlobalMeterProvider(meterProvider);
  logs.setGlobalLoggerProvider(loggerProvider);
  const runtime = new RuntimeNodeInstrumentation({ monitoringPrecision: LOOP_MS });
  runtime.setMeterProvider(meterProvider);
  runtime.enable();

  const where = typeof options.prometheus === 'object' ? options.prometheus : {};
  const listener = prometheus === undefined ? undefined : await listen(prometheus, instrumentation.health, where);
  const providers = [tracerProvider, meterProvider, loggerProvider];
  let ended: Promise<void> | undefined;
  return {
    ...instrumentation,
    url: listener?.url,
    async flush() {
      await Promise.all(providers.map((provider) => provider.forceFlush()));
    },
    shutdown() {
      ended ??= (async () => {
        const sent = Promise.allSettled(providers.map((provider) => provider.shutdown()));
        await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, SHUTDOWN_MS).unref())]);
        instrumentation.stop();
        await listener?.close();
        runtime.disable();
        for (const api of [trace, metrics, logs, propagation, context]) api.disable();
      })();
      return ended;
    },
  };
}

const SHUTDOWN_MS = 5_000;

/**
 * How often the delay of the event loop is sampled. Its own default, 10, costs 6 ms of CPU time a second, twice as much as
 * all else that is observed; a delay is shown as at least this.
 */
const LOOP_MS = 20;
