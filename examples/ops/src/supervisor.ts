import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type Connections, readConnections } from './connections.ts';
import { deliveryOf } from './delivery.ts';
import { scriptOf } from './options.ts';
import { TAKEN, takePlace } from './place.ts';
import { startAll } from './start-all.ts';
import { folderOf, logOf, removeState, writeState } from './state.ts';
import { type Supervised, type SupervisedState, supervise } from './supervised.ts';

/** What the supervisor is asked to do. */
export type Order =
  | { readonly kind: 'up'; readonly workers: number | undefined; readonly environment: NodeJS.ProcessEnv }
  | { readonly kind: 'scale'; readonly workers: number }
  | { readonly kind: 'restart'; readonly parts: readonly ('app' | 'worker')[]; readonly environment: NodeJS.ProcessEnv }
  | { readonly kind: 'status' | 'down' | 'url' };

/** What runs. */
export interface Report {
  readonly pid: number;
  readonly app: SupervisedState | undefined;
  readonly workers: readonly SupervisedState[];
  readonly postgres: Omit<SupervisedState, 'url'> | undefined;
  /** Undefined when Postgres does not answer. */
  readonly connections: Connections | undefined;
  /** Everything runs that should. */
  readonly well: boolean;
}

const [host = ''] = process.argv.slice(2);
const place = takePlace(host);
if (place === undefined) process.exit(TAKEN);
let environment: NodeJS.ProcessEnv = {};
let postgres: Supervised | undefined;
let app: Supervised | undefined;
const workers: Supervised[] = [];

/** As hosts read it: set to nothing, or to spaces, it names none. */
const given = (): string | undefined => environment['DATABASE_URL']?.trim() || undefined;
const urlOfDatabase = (): string | undefined => given() ?? postgres?.state().url;

const environmentOf = (part: 'app' | 'worker'): NodeJS.ProcessEnv => ({
  ...environment,
  DATABASE_URL: urlOfDatabase(),
  OTP_DELIVERY: deliveryOf(environment, postgres !== undefined),
  METRICS_PORT: '0',
  WORKERS: part === 'app' ? '0' : environment['WORKERS'] || '1',
});

async function start(part: 'app' | 'worker'): Promise<Supervised> {
  const started = supervise({
    script: scriptOf(host, part === 'app' ? 'main' : 'worker'),
    environment: environmentOf(part),
    log: logOf(host, part),
    sharesSockets: part === 'app',
  });
  try {
    await started.ready;
    return started;
  } catch (error) {
    throw new Error(`The ${part} of ${host} did not start: ${(error as Error).message}`, { cause: error });
  }
}

async function startDatabase(): Promise<void> {
  if (postgres !== undefined || given() !== undefined) return;
  const started = supervise({
    script: new URL('./postgres.ts', import.meta.url),
    environment: { ...process.env, OPS_DATA: path.join(folderOf(host), 'postgres'), OPS_DATABASE: databaseOf(host) },
    log: logOf(host, 'postgres'),
  });
  await started.ready;
  postgres = started;
}

/** The name of the database that the guide's queries are about. */
const databaseOf = (name: string): string =>
  name === 'world-cup' ? 'worldcup_predictions' : name.replaceAll('-', '_');

/** Workers that there should be: one that did not start is missing until the next `up`. */
let wanted = 0;

async function scale(count: number): Promise<void> {
  wanted = count;
  await Promise.all(workers.splice(count).map((worker) => worker.stop()));
  await startAll(workers, count - workers.length, () => start('worker'));
}

async function obey(order: Order): Promise<void> {
  if (order.kind === 'up') await up(order);
  else if (order.kind === 'scale') await scale(order.workers);
  else if (order.kind === 'restart') await restart(order);
  else if (order.kind === 'down') await stopAll();
}

/** Starts what does not run. An environment with which something does not start is not that of the next command. */
async function up({ workers: count, environment: said }: Extract<Order, { kind: 'up' }>): Promise<void> {
  const before = environment;
  const nothingRan = app === undefined && workers.length === 0;
  environment = { ...environment, ...said };
  try {
    await startDatabase();
    // Workers first: the app says at its start how many there are.
    await scale(count ?? (wanted || WORKERS));
    app ??= await start('app');
  } catch (error) {
    // Workers that have started work on this database, whatever else was wrong.
    const kept = nothingRan && workers.length > 0 ? { DATABASE_URL: said['DATABASE_URL'] } : {};
    environment = { ...before, ...kept };
    throw error;
  }
}

/**
 * Replaces one process after the other. The new one serves before the old one is told to stop, so there is always an app that
 * answers, and a setting with which nothing starts ends nothing.
 */
async function restart({ parts, environment: said }: Extract<Order, { kind: 'restart' }>): Promise<void> {
  const before = environment;
  // What this command does not say stays as it was: another shell knows neither the database nor who may administer.
  environment = { ...environment, ...said };
  try {
    if (parts.includes('app')) {
      const old = app;
      app = await start('app');
      await old?.stop();
    }
    for (let i = 0; parts.includes('worker') && i < workers.length; i++) {
      const old = workers[i];
      workers[i] = await start('worker');
      await old?.stop();
    }
  } catch (error) {
    environment = before;
    throw error;
  }
}

/** What the guide has by default. */
const WORKERS = 3;

async function stopAll(): Promise<void> {
  await app?.stop();
  wanted = 0;
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await postgres?.stop();
  [app, postgres] = [undefined, undefined];
}

/** The pool of each process where nothing else is said, as hosts have it. */
const POOL_SIZE = 20;

async function report(): Promise<Report> {
  const states = [app?.state(), ...workers.map((worker) => worker.state())];
  const connections = await readConnections(urlOfDatabase(), {
    processes: states.filter((state) => state !== undefined).length,
    poolSize: Number(environment['DATABASE_POOL_SIZE']) || POOL_SIZE,
  });
  const { url: _, ...database } = postgres?.state() ?? {};
  return {
    pid: process.pid,
    app: states[0],
    workers: states.slice(1).filter((state) => state !== undefined),
    postgres: postgres === undefined ? undefined : (database as Report['postgres']),
    connections,
    well:
      workers.length === wanted &&
      states.every((state) => state?.state === 'running') &&
      postgres?.state().state !== 'waiting',
  };
}

const token = randomBytes(24).toString('base64url');
let turn: Promise<unknown> = Promise.resolve();
let leaving = false;
const server = createServer((request, response) => {
  void (async () => {
    if (request.headers.authorization !== `Bearer ${token}`) return response.writeHead(401).end();
    const order = JSON.parse(await read(request)) as Order;
    if (leaving && order.kind !== 'status' && order.kind !== 'down') {
      return response.writeHead(409).end(JSON.stringify({ message: `${host} is going down.` }));
    }
    leaving ||= order.kind === 'down';
    // One order after the other; to look needs no turn.
    if (order.kind !== 'status') {
      const mine = turn.then(() => obey(order));
      turn = mine.catch(() => undefined);
      const failure = await mine.then(
        () => undefined,
        (error: unknown) => (error as Error).message,
      );
      if (failure !== undefined) return response.writeHead(500).end(JSON.stringify({ message: failure }));
    }
    if (order.kind === 'url') {
      const url = urlOfDatabase();
      if (url === undefined)
        response.writeHead(409).end(JSON.stringify({ message: `${host} has no Postgres that runs.` }));
      else response.end(JSON.stringify({ url }));
    } else response.end(JSON.stringify(await report()));
    if (order.kind === 'down') leave();
  })().catch(() => response.writeHead(400).end());
});

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function leave(): void {
  removeState(host);
  place?.leave();
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  setTimeout(() => process.exit(0), LEAVE_MS).unref();
}

const LEAVE_MS = 1_000;

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stopAll().then(leave));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
writeState(host, { pid: process.pid, port: (server.address() as AddressInfo).port, token });
process.send?.('ready');
process.disconnect?.();
