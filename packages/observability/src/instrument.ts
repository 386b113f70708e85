import type { LoggerProvider, MeterProvider, TracerProvider } from '@opentelemetry/api';
import { type Keep, ScorekeepError } from '@scorekeep/queue';
import type { Level, SecurityEvent } from './catalogue.ts';
import { observeEvents } from './events.ts';
import type { CheckState } from './health/check.ts';
import { createHealth, type Health, type HealthOptions } from './health/health.ts';
import { pipelineChecks } from './health/pipeline-checks.ts';
import { createEars } from './hear.ts';
import { type HostSignals, observeHost, securityReporter } from './host.ts';
import { observeJobs } from './jobs.ts';
import { errorCode } from './logs/error-code.ts';
import { createFailures } from './logs/failures.ts';
import { createLog, type Fields, type Log, type LogSink } from './logs/log.ts';
import { createRepeats } from './logs/repeated.ts';
import type { Scaling } from './metrics/desired-workers.ts';
import { createMeters } from './metrics/meters.ts';
import { createStore } from './metrics/store.ts';
import { observeLogs } from './receipts.ts';
import { observeSlices } from './slices.ts';
import { bossTelemetry } from './traces/boss-telemetry.ts';
import type { TraceMode } from './traces/placement.ts';

/** What {@link instrument} may be told; nothing has to be. */
export interface InstrumentOptions extends HostSignals {
  /** How attempts hang together with what caused them. Default `link`. */
  readonly traceMode?: TraceMode;
  /** Where events go as lines, beside OpenTelemetry; see `toStream` and `toLogger`. */
  readonly log?: LogSink;
  /** Least level of an event. Default `info`; single slices are `debug`. */
  readonly logLevel?: Level;
  /** Names of fields that the host may log, such as `user_id`. Any other field is dropped. */
  readonly logFields?: readonly string[];
  /** Seconds between readings of the store. Default 15. */
  readonly intervalSeconds?: number;
  /** For the gauge of desired workers: drain what waits in 60 seconds, with at most 100 workers. */
  readonly scaling?: Partial<Scaling>;
  readonly health?: HealthOptions;
  /** In place of the globally registered ones. */
  readonly tracerProvider?: TracerProvider;
  readonly meterProvider?: MeterProvider;
  readonly loggerProvider?: LoggerProvider;
}

/** What {@link instrument} answers. */
export interface Instrumentation {
  readonly health: Health;
  /** Counts and logs a finding of the host's authentication: `auth_failed`, `rate_limit_exceeded`, `access_denied`. */
  readonly security: (event: SecurityEvent, fields?: Fields) => void;
  /** Logs an event of the host's, with the fields of `logFields`, correlated like all others. */
  readonly event: Log['host'];
  /** Reads the store now, if it is this process's turn. */
  readonly refresh: () => Promise<void>;
  /** Stops listening; what is under way is not told of any more. */
  readonly stop: () => void;
}

/**
 * Makes the pipeline observable: traces, metrics and events from the facts that it publishes, figures of the store, and
 * the health of the process. Call it once, before `connect`: pg-boss takes what observes it when it is made. It emits
 * through the OpenTelemetry API, to whatever SDK is registered, before or after; without one it costs next to nothing,
 * and events, correlation and health work all the same.
 *
 * @throws ScorekeepError ALREADY_STARTED when it was called before and not stopped since
 */
export function instrument(options: InstrumentOptions = {}): Instrumentation {
  return startInstrumentation(options).instrumentation;
}

/** The same for whoever has failures of telemetry to tell beside: `where` is what failed, one of a few. */
export function startInstrumentation(options: InstrumentOptions): {
  readonly instrumentation: Instrumentation;
  readonly failed: (where: string, error: unknown) => void;
} {
  if (instrumented) throw new ScorekeepError('ALREADY_STARTED', 'instrument() was called before; one is enough.');
  instrumented = true;
  const { traceMode = 'link', intervalSeconds = 15, tracerProvider, meterProvider, loggerProvider } = options;
  const log = createLog({ sink: options.log, level: options.logLevel, fields: options.logFields, loggerProvider });
  const meters = createMeters(meterProvider);
  const ears = createEars(() => log);
  const scaling = { drainSeconds: 60, most: 100, ...options.scaling };
  const store = createStore(meters, log, { intervalSeconds, scaling });
  let swept: number | undefined;
  const health = createHealth(
    options.health ?? {},
    () => store.keeps().length > 0,
    () => (swept === undefined ? undefined : performance.now() - swept),
    (state, was) => log.emit('health.changed', changed(state, was), state.status === 'pass' ? 'info' : 'warn'),
  );
  meters.gauges((put) => {
    for (const { name, status } of health.report().checks) {
      put('scorekeep.health.status', GRAVITY[status], { 'scorekeep.name': name });
    }
  });
  const stopHost = observeHost(options, meters, log);

  const signals = { ears, meters, log, traceMode, tracerProvider };
  observeSlices(signals);
  observeJobs(signals);
  observeLogs(signals);
  observeEvents(signals);
  ears.on('connection.opening', (fact) => {
    fact.openTelemetry ??= bossTelemetry(traceMode, meters, tracerProvider);
  });
  const open = new Map<Keep, string>();
  const thresholds = { oldestSeconds: options.health?.oldestSeconds ?? 60, snapshotSeconds: 4 * intervalSeconds };
  const watch = (schema: string, keep: Keep): void => {
    for (const check of pipelineChecks(schema, keep, store, thresholds)) health.add(check);
  };
  ears.on('connection.opened', ({ schema, keep }) => {
    open.set(keep, schema);
    store.open(schema, keep);
    watch(schema, keep);
    log.emit('connection.opened', { schema });
  });
  ears.on('connection.closing', ({ schema, keep }) => {
    open.delete(keep);
    store.close(keep);
    const other = [...open.keys()].find((one) => open.get(one) === schema);
    // Another connection to the same schema is looked at from now on, not the one that is no more.
    if (other !== undefined) watch(schema, other);
    else for (const { name } of pipelineChecks(schema, keep, store, thresholds)) health.remove(name);
    swept = undefined;
    log.emit('connection.closing', { schema });
  });
  ears.on('work.swept', () => {
    swept = performance.now();
  });
  const repeats = createRepeats();
  ears.on('background.error', ({ where, error }) => {
    const code = errorCode(error);
    meters.add('scorekeep.background.errors', 1, { 'scorekeep.where': where, 'error.type': code });
    const repeated = repeats(`${where} ${code}`, performance.now());
    if (repeated !== undefined) log.emit('background.error', { where, code, repeated });
  });
  ears.on('background.warning', ({ where }) => {
    meters.add('scorekeep.background.warnings', 1, { 'scorekeep.where': where });
    const repeated = repeats(`${where} warning`, performance.now());
    if (repeated !== undefined) log.emit('background.warning', { where, repeated });
  });

  let stopped = false;
  const instrumentation: Instrumentation = {
    health,
    security: securityReporter(meters, log),
    event: log.host,
    refresh: store.refresh,
    stop() {
      // Another one may have been made since, which is not this one's to end.
      if (stopped) return;
      stopped = true;
      instrumented = false;
      ears.stop();
      store.stop();
      stopHost();
      health.stop();
      meters.stop();
    },
  };
  const tell = createFailures(() => log);
  const failed = (where: string, error: unknown): void => {
    meters.add('scorekeep.background.errors', 1, { 'scorekeep.where': where, 'error.type': errorCode(error) });
    tell(where, error);
  };
  return { instrumentation, failed };
}

/** Twice would count everything twice. */
let instrumented = false;

const GRAVITY = { pass: 0, warn: 1, fail: 2 } as const;

const changed = ({ name, status, code }: CheckState, was: string): Fields => ({ check: name, status, was, code });
