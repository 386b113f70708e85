import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { isFree, TAKEN } from './place.ts';
import { folderOf, logOf, readState, type State } from './state.ts';
import type { Order, Report } from './supervisor.ts';

/** What could not be done. */
export class OrderFailed extends Error {
  override readonly name = 'OrderFailed';
}

/**
 * Tells the supervisor of a host what to do. Undefined when none runs; a file that a killed one left counts for nothing, whoever
 * has its port by now.
 *
 * @param patienceMs until it has to say what runs; an order takes as long as it takes
 * @throws OrderFailed with what the supervisor says, or when it says nothing
 */
export async function speak<T = Report>(host: string, order: Order, patienceMs = PATIENCE_MS): Promise<T | undefined> {
  const state = readState(host);
  if (state === undefined) return undefined;
  const looked = await look(host, state, patienceMs);
  if (looked === undefined || looked.status === 401) return undefined;
  const answer = order.kind === 'status' ? looked : await give(host, state, order);
  if (answer === undefined) return undefined;
  const body = parse(answer.text) as T & { message?: string };
  if (answer.status !== 200) throw new OrderFailed(body.message ?? `The supervisor answered ${answer.status}.`);
  return body;
}

/** Far longer than it takes to say what runs, which needs no turn. */
const PATIENCE_MS = 30_000;

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** What runs, as whoever listens there says; undefined when that is no supervisor. */
async function look(host: string, state: State, patienceMs: number): Promise<Answer | undefined> {
  const signal = AbortSignal.timeout(patienceMs);
  try {
    return await post(state, { kind: 'status' }, signal);
  } catch (error) {
    // A supervisor has its place as long as it lives: where that is free, the port is a stranger's.
    if (isAbsent(error) || isFree(host)) return undefined;
    throw silent(host, signal.aborted ? `in ${patienceMs / 1_000} s` : `(${codeOf(error)})`);
  }
}

async function give(host: string, state: State, order: Order): Promise<Answer | undefined> {
  try {
    return await post(state, order);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw silent(host, `(${codeOf(error)})`);
  }
}

const silent = (host: string, how: string): OrderFailed =>
  new OrderFailed(`${host} has not answered ${how}; see ${logOf(host, 'supervisor')}.`);

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code);

/** Nobody listens there, or somebody who speaks no HTTP; whoever else breaks off was there, and may have done something. */
const isAbsent = (error: unknown): boolean => /^(ECONNREFUSED|ENOENT|HPE_.*)$/.test(codeOf(error));

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}

/** Not by fetch, which gives up after five minutes: twenty workers that finish what they have begun may take longer. */
async function post({ port, token }: State, order: Order, signal?: AbortSignal): Promise<Answer> {
  const asked = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    agent: false,
    ...(signal === undefined ? {} : { signal }),
  });
  // What breaks off amid an answer is told by the answer; unheard here, it would end this process.
  asked.on('error', () => undefined);
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
