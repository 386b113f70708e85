/**
 * OpenTelemetry traces, metrics and logs, and the health of a process, from the facts of `@scorekeep/queue`.
 *
 * @module
 */
export {
  ATTRIBUTES,
  EVENTS,
  type EventName,
  type Level,
  METRICS,
  type Metric,
  type MetricDefinition,
  SEMCONV,
  type SecurityEvent,
  SPANS,
} from './catalogue.ts';
export type { Check, CheckState, Found, HealthStatus } from './health/check.ts';
export type { Health, HealthOptions, HealthReport } from './health/health.ts';
export { type Probe, readProbe, writeHealth } from './health/probe.ts';
export type { HealthPaths } from './health/respond.ts';
export type { Floor, Freshness, HostSignals } from './host.ts';
export { type Instrumentation, type InstrumentOptions, instrument } from './instrument.ts';
export { type Fields, type LogLine, type LogSink, mixin, toLogger, toStream } from './logs/log.ts';
export type { Scaling } from './metrics/desired-workers.ts';
export { type Correlation, correlation, withCorrelation } from './traces/correlation.ts';
export type { TraceMode } from './traces/placement.ts';
