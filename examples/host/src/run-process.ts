import cluster from 'node:cluster';
import { toStream } from '@scorekeep/observability';
import { startTelemetry, type Telemetry } from '@scorekeep/observability/node';
import { ScorekeepError } from '@scorekeep/queue';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { assertAnswers } from './assert-answers.ts';
import { type AuthSettings, answersCodes } from './auth-settings.ts';
import { EnvironmentInvalid, readEnvironment, type Variable } from './environment.ts';
import { handOver } from './hand-over.ts';
import { openDatabase } from './open-database.ts';
import { COMMON } from './settings.ts';

/** What a process reads of its own; how large its pool has to be is among it. */
type Variables = Readonly<Record<string, Variable<unknown>>> & { readonly poolSize: Variable<number> };
type Values<T extends Variables> = { readonly [Key in keyof T]: T[Key] extends Variable<infer Value> ? Value : never };

/** One kind of process of a host: its app, or its worker. */
export interface ProcessDefinition<Own extends Variables> {
  /** Such as `world-cup-worker`. */
  readonly service: string;
  readonly version: string;
  /** Of the database on an embedded Postgres. */
  readonly database: string;
  /** Variables that it reads beside those of every host. */
  readonly variables: Own;
  /** Fields that its own events may have. */
  readonly logFields?: readonly string[];
  readonly open: (context: ProcessContext<Own>) => Promise<Opened>;
}

/** What a process has when it is opened. */
export interface ProcessContext<Own extends Variables> {
  readonly settings: Values<typeof COMMON & Own>;
  /** Whether Postgres was started for this process. */
  readonly embedded: boolean;
  /** Give it to `connect` as `controlUrl`. */
  readonly databaseUrl: string;
  /** The one pool of this process: the host's statements, and Scorekeep's. */
  readonly pool: pg.Pool;
  readonly telemetry: Telemetry;
}

/** What {@link ProcessDefinition.open} answers. */
export interface Opened {
  /** Listens once everything is open. */
  readonly app?: FastifyInstance;
  /** Ends what is under way: `keep.stop()`. Called when no request comes in any more. */
  close(): Promise<void>;
}

/**
 * Runs a process from its environment until it is told to stop by SIGTERM or SIGINT. Then it says so on `/readyz`, waits
 * DRAIN_MS, ends the requests and the work under way, and exits with 0; at a second signal at once, with 1. Once it serves
 * it prints `{"event":"ready","url":…,"metrics":…}`. An environment that cannot be used ends it with 2. An app that shares its
 * socket with its successor, as a worker of `node:cluster`, does not say so but makes way at once.
 */
export async function runProcess<const Own extends Variables>(definition: ProcessDefinition<Own>): Promise<void> {
  const told = stopSignal();
  try {
    await run(definition, told);
    process.exit(0);
  } catch (error) {
    const remedy = remedyOf(error);
    process.stderr.write(`${remedy ?? (error as Error).stack ?? String(error)}\n`);
    process.exit(remedy === undefined ? 1 : 2);
  }
}

/** What to set, where the environment is at fault. */
function remedyOf(error: unknown): string | undefined {
  if (error instanceof EnvironmentInvalid) return error.message;
  if (!(error instanceof ScorekeepError) || error.code !== 'POOL_TOO_SMALL') return undefined;
  const { workers, needed } = error.fields;
  return `DATABASE_POOL_SIZE must be at least ${needed} for WORKERS=${workers}. Raise it, or lower WORKERS.`;
}

async function run<Own extends Variables>(definition: ProcessDefinition<Own>, told: Promise<void>): Promise<void> {
  const { service, version, database: name, variables, logFields = [] } = definition;
  const settings = readEnvironment({ ...COMMON, ...variables }, process.env) as Values<typeof COMMON & Own>;
  // What of the settings is known here; TypeScript cannot see it through the generic.
  const common: Values<typeof COMMON & Pick<Variables, 'poolSize'>> = settings;
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const database = await openDatabase(common.databaseUrl, { name, directory: common.dataDirectory });
    closing.push(() => database.close());
    const telemetry = await startTelemetry({
      service,
      version,
      prometheus: { host: common.metricsHost ?? '127.0.0.1', port: common.metricsPort },
      ...(common.collectorUrl !== undefined && { otlp: { url: common.collectorUrl } }),
      log: toStream(process.stdout),
      logLevel: common.logLevel,
      logFields: [...LOG_FIELDS, ...logFields],
    });
    closing.push(() => telemetry.shutdown());
    const pool = new pg.Pool({
      connectionString: database.url,
      max: common.poolSize,
      application_name: service,
      connectionTimeoutMillis: CONNECT_MS,
    });
    // An idle connection that breaks is replaced; whoever needs one learns of it.
    pool.on('error', () => undefined);
    closing.push(() => pool.end());
    await assertAnswers(pool);
    const { embedded, url: databaseUrl } = database;
    const { app, close } = await definition.open({ settings, embedded, databaseUrl, pool, telemetry });
    closing.push(close);
    if (app !== undefined) {
      if (answersCodes(settings as Partial<AuthSettings>)) telemetry.event('codes_in_answers', {}, 'warn');
      closing.push(() => app.close());
      await app.listen({ host: common.host ?? '127.0.0.1', port: common.port });
    }
    await telemetry.health.look();
    const ready = {
      event: 'ready',
      service,
      pid: process.pid,
      url: app?.listeningOrigin,
      metrics: telemetry.url,
      embedded,
    };
    process.stdout.write(`${JSON.stringify(ready)}\n`);
    process.send?.(ready);
    await told;
    if (app !== undefined && cluster.isWorker) await handOver(app.server, common.drainMs);
    else await telemetry.health.drain({ waitMs: common.drainMs });
  } finally {
    // The last that was opened is closed first: requests, work, connections, telemetry, Postgres.
    for (const close of closing.reverse()) await close();
  }
}

/** How long whoever needs a connection waits for it: a request is answered 503 then, and a start ends. */
const CONNECT_MS = 30_000;

/** Of the events that every host logs. */
const LOG_FIELDS = ['route', 'code', 'status'] as const;

/** Resolves when this process is told to stop; told twice, it goes at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let times = 0;
    const stop = (): void => {
      times += 1;
      if (times > 1) process.exit(1);
      resolve();
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    process.once('disconnect', stop);
    // Else cluster would end the process there and then when its supervisor is gone.
    const { worker } = cluster;
    worker?.once('disconnect', () => {
      worker.exitedAfterDisconnect = true;
    });
  });
}
