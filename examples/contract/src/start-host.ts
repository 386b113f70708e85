import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Death } from './death.ts';
import { within } from './within.ts';

/** A process of a host that serves. */
export interface Started {
  /** Where its app answers; empty for a worker. */
  readonly url: string;
  /** Where it tells of itself: `/metrics` and health. */
  readonly metrics: string;
  readonly pid: number;
  /** Whether it started a Postgres for itself. */
  readonly embedded: boolean;
  /** Everything that it has printed so far. */
  output(): string;
  /** How it ended, once it has. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Sends a signal, and answers how the process ended. One that goes on is killed, and that is an error with what it said. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/**
 * Starts a script as a real process, with this environment, and waits until it says that it is ready.
 *
 * @param death has it kill itself
 */
export async function startHost(
  script: URL,
  environment: Readonly<Record<string, string>>,
  death?: Death,
): Promise<Started> {
  const dying = death === undefined ? [] : ['--import', new URL('./die-at.ts', import.meta.url).href];
  const child = spawn(process.execPath, ['--conditions=@scorekeep/source', ...dying, fileURLToPath(script)], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      // A suite starts the same program a dozen times.
      NODE_COMPILE_CACHE: fileURLToPath(new URL('../../../node_modules/.cache/compiled/', import.meta.url)),
      PORT: '0',
      DRAIN_MS: '0',
      ...(death === undefined ? {} : { DIE_AT: JSON.stringify(death) }),
      ...environment,
    },
    // A group of its own: Ctrl-C is for whoever started it to pass on. Over the channel it learns when that one has gone.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const printed: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  const ended = once(child, 'exit').then(() => child.exitCode ?? child.signalCode);
  const name = `${fileURLToPath(script)} (${child.pid})`;
  const ready = within(READY_SECONDS_MAX, `${name} to say that it is ready`, readiness(child, printed));
  const { url, metrics, embedded } = await ready.catch((error: Error) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    url: url ?? '',
    metrics,
    pid: child.pid ?? 0,
    embedded,
    output: () => printed.join(''),
    ended,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return within(END_SECONDS_MAX, `${name} to end by ${signal}`, ended).catch((error: Error) => {
        child.kill('SIGKILL');
        throw new Error(`${error.message} It said:\n${printed.join('')}`);
      });
    },
  };
}

/** Far beyond what anything takes: ceilings for what hangs. */
const READY_SECONDS_MAX = 110;
const END_SECONDS_MAX = 90;
const ANSWER_SECONDS_MAX = 60;

interface Ready {
  readonly url?: string;
  readonly metrics: string;
  readonly embedded: boolean;
}

function readiness(child: ChildProcess, printed: string[]): Promise<Ready> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => {
      reject(new Error(`The host ended with ${code ?? signal} before it was ready:\n${printed.join('')}`));
    });
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      printed.push(`${line}\n`);
      if (line.startsWith('{"event":"ready"')) resolve(JSON.parse(line) as Ready);
    });
  });
}

/** Asks with JSON, and answers status and JSON. */
export function ask(url: string, options: AskOptions = {}): Promise<Answer> {
  return within(ANSWER_SECONDS_MAX, `an answer to ${options.method ?? 'GET'} ${url}`, fetchJson(url, options));
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

async function fetchJson(url: string, { method = 'GET', token, body, headers = {} }: AskOptions): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') === true && text !== '';
  return { status: answer.status, body: isJson ? JSON.parse(text) : text, headers: answer.headers };
}

interface AskOptions {
  readonly method?: string;
  readonly token?: string | undefined;
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Signs in with a number where the answer holds the token, as it does in development. */
export async function accessToken(url: string, phone: string): Promise<string> {
  const { status, body } = await ask(`${url}/auth/send-otp`, { method: 'POST', body: { phone } });
  const token = (body as { accessToken?: unknown }).accessToken;
  if (typeof token !== 'string') throw new Error(`No token: ${status} ${JSON.stringify(body)}`);
  return token;
}
