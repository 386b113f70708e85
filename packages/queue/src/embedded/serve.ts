import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { serverAccount, temporaryFolder } from './account.ts';
import { createDatabase } from './create-database.ts';
import { assertVersion, openDirectory, removeStaleLock, removeUnfinished } from './data-directory.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { freePort } from './free-port.ts';
import { launch, type Place } from './launch.ts';
import { readPassword } from './password.ts';
import { shareBinaries } from './share-binaries.ts';
import type { Request } from './supervisor.ts';

/** What a host needs to know of a server that accepts connections. */
export interface Ready {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
}

/**
 * Prepares the directory, runs the server until it ends or `leave` is aborted, and removes what is temporary.
 *
 * @throws EmbeddedPostgresError when the server does not become ready.
 */
export async function serve(request: Request, leave: AbortSignal, onReady: (ready: Ready) => void): Promise<void> {
  const { directory, binaries } = request;
  const account = serverAccount(directory && path.join(directory, 'data'));
  const temporary = temporaryFolder(account);
  const folder = openDirectory(directory, temporary, account);
  try {
    const native = shareBinaries(binaries, account, temporary, folder);
    const place: Place = { native, account, folder, data: path.join(folder, 'data') };
    if (assertVersion(place.data, binaries)) removeUnfinished(folder);
    else await createDatabase(place, request.durable, leave);
    removeStaleLock(place.data);
    const password = await readPassword(place, leave);
    await run(place, request, password, leave, onReady);
  } finally {
    if (directory === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    else rmSync(path.join(folder, 'binaries'), { recursive: true, force: true });
  }
}

/** Between the probe for a free port and its use another process can take it: then with the next one. */
async function run(
  place: Place,
  request: Request,
  password: string,
  leave: AbortSignal,
  onReady: (ready: Ready) => void,
): Promise<void> {
  for (let attempt = 1; !leave.aborted; attempt++) {
    const port = request.port ?? (await freePort());
    const server = launch(place, 'postgres', serverArguments(request, port), leave);
    const state = await Promise.race([
      becomesReady(place, server.pid),
      server.ended.then(() => 'ended' as const),
      delay(request.timeout, 'silent' as const, { ref: false }),
    ]);
    if (state === 'ready') {
      onReady({ url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, port, pid: server.pid });
      await server.ended;
      return;
    }
    server.kill('SIGQUIT');
    const { log } = await server.ended;
    const taken = /could not bind IPv4 address/.test(log);
    if (!leave.aborted && !(taken && request.port === undefined && attempt < 10)) {
      throw failure(place, state === 'silent' ? request.timeout : undefined, taken ? port : undefined, log);
    }
  }
}

/** In tests nothing survives the machine anyway; a database that is kept is as durable as PostgreSQL is by default. */
const CARELESS: Readonly<Record<string, string>> = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

function serverArguments({ settings, durable }: Request, port: number): string[] {
  const ours = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    logging_collector: 'off',
    lc_messages: 'C',
  };
  return Object.entries({ ...(durable ? {} : CARELESS), ...settings, ...ours }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
}

/** The eighth line of postmaster.pid is what pg_ctl waits for, too; no log setting can hide it. */
async function becomesReady({ data }: Place, pid: number): Promise<'ready'> {
  for (;;) {
    const lines = lockLines(data);
    if (lines[0] === String(pid) && lines[7]?.trim() === 'ready') return 'ready';
    await delay(10, undefined, { ref: false });
  }
}

function lockLines(data: string): string[] {
  try {
    return readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

function failure(
  { folder }: Place,
  silent: number | undefined,
  taken: number | undefined,
  log: string,
): EmbeddedPostgresError {
  const fields = { directory: folder, log };
  if (taken !== undefined) {
    return new EmbeddedPostgresError(
      'PORT_IN_USE',
      `Port ${taken} on 127.0.0.1 is taken; choose another, or leave port out for a free one`,
      { port: taken },
    );
  }
  if (/lock file "postmaster.pid" already exists|pre-existing shared memory block/.test(log)) {
    return new EmbeddedPostgresError(
      'DIRECTORY_IN_USE',
      `Another PostgreSQL runs on ${folder}; stop it, or use another directory`,
      fields,
    );
  }
  const what = silent === undefined ? 'ended instead of becoming ready' : `was not ready after ${silent} ms`;
  return new EmbeddedPostgresError('START_FAILED', `PostgreSQL ${what}; the end of its log says why:\n${log}`, fields);
}
