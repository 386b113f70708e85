import { flag, integer, oneOf, optionalSchema, optionalText, optionalUrl, type Variable } from './environment.ts';

/** What every host reads from its environment; a host adds variables of its own beside these. */
export const COMMON = {
  /** Without it a Postgres is started for this process. */
  databaseUrl: optionalUrl('DATABASE_URL', ['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/database'),
  /** Where the embedded Postgres keeps its data; without it they go with the process. */
  dataDirectory: optionalText('DATA_DIRECTORY'),
  /** Scorekeep's schema. */
  schema: optionalSchema('SCOREKEEP_SCHEMA'),
  host: optionalText('HOST'),
  /** 0 takes a free one. */
  port: integer('PORT', { least: 0, most: 65_535, otherwise: 3_000 }),
  /** Where `/metrics` and health are served, to this machine unless METRICS_HOST says otherwise; 0 takes a free one. */
  metricsPort: integer('METRICS_PORT', { least: 0, most: 65_535, otherwise: 0 }),
  metricsHost: optionalText('METRICS_HOST'),
  /** A collector that is sent traces, metrics and events; without it nothing is sent. */
  collectorUrl: optionalUrl('OTEL_EXPORTER_OTLP_ENDPOINT', ['http:', 'https:'], 'http://127.0.0.1:4318'),
  /** Slices that this process works at a time; 0 leaves the work to other processes. */
  workers: integer('WORKERS', { least: 0, most: 64, otherwise: 1 }),
  /** Requests a minute from one address to all processes together. */
  requestsPerMinute: integer('RATE_LIMIT_PER_MINUTE', { least: 1, most: 10_000_000, otherwise: 6_000 }),
  /** Whether X-Forwarded-For is believed: only behind a proxy that sets it. */
  trustProxy: flag('TRUST_PROXY', false),
  /** How long a process that was told to stop says so before it stops taking requests. */
  drainMs: integer('DRAIN_MS', { least: 0, most: 300_000, otherwise: 1_000 }),
  logLevel: oneOf('LOG_LEVEL', ['debug', 'info', 'warn', 'error'], 'info'),
} as const;

/**
 * Connections of a process for its work; the dispatcher takes up to 4 more.
 *
 * @param least what a process of the host needs to work one slice at a time
 */
export const poolSize = (least: number): Variable<number> =>
  integer('DATABASE_POOL_SIZE', { least, most: 200, otherwise: 20 });
