import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { TAKEN } from './place.ts';
import { folderOf, logOf, readState, type State } from './state.ts';
import type { Order, Report } from './supervisor.ts';

/** What could not be done. */
export class OrderFailed extends Error {
  override readonly name = 'OrderFailed';
}

/**
 * Tells the supervisor of a host what to do. Undefined when none runs; a file that a killed one left counts for nothing.
 *
 * @throws OrderFailed with what the supervisor says
 */
export async function speak<T = Report>(host: string, order: Order): Promise<T | undefined> {
  const state = readState(host);
  if (state === undefined) return undefined;
  const answer = await post(state, order).catch((error: NodeJS.ErrnoException) => {
    if (ABSENT.test(error.code ?? '')) return undefined;
    throw new OrderFailed(`${host} has not answered (${error.code}); see ${logOf(host, 'supervisor')}.`);
  });
  if (answer === undefined || answer.status === 401) return undefined;
  const body = parse(answer.text) as T & { message?: string };
  if (answer.status !== 200) throw new OrderFailed(body.message ?? `The supervisor answered ${answer.status}.`);
  return body;
}

/** Nobody listens there, or somebody who speaks no HTTP; whoever else breaks off was there, and may have done something. */
const ABSENT = /^(ECONNREFUSED|ENOENT|HPE_.*)$/;

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}

/** Not by fetch, which gives up after five minutes: twenty workers that finish what they have begun may take longer. */
async function post({ port, token }: State, order: Order): Promise<{ status: number; text: string }> {
  const asked = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    agent: false,
  });
  asked.end(JSON.stringify(order));
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, text: await text(answer) };
}

/**
 * Starts a supervisor that stays when this process is gone.
 *
 * @throws OrderFailed when another command has just started one, or it ends at once
 */
export async function startSupervisor(host: string): Promise<void> {
  mkdirSync(folderOf(host), { recursive: true });
  const log = openSync(logOf(host, 'supervisor'), 'a');
  const child = fork(fileURLToPath(new URL('./supervisor.ts', import.meta.url)), [host], {
    execArgv: ['--conditions=@scorekeep/source'],
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
  });
  const ended = once(child, 'exit').then(([code]) => {
    if (code === TAKEN) throw new OrderFailed(`${host} is already going up: another command starts it.`);
    throw new OrderFailed(`The supervisor ended with ${code}; see ${logOf(host, 'supervisor')}.`);
  });
  ended.catch(() => undefined);
  await Promise.race([once(child, 'message'), ended]);
  if (child.connected) child.disconnect();
  child.unref();
}
