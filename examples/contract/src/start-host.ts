import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

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
  /** Sends a signal, and answers how the process ended. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** Starts a script as a real process, with this environment, and waits until it says that it is ready. */
export async function startHost(script: URL, environment: Readonly<Record<string, string>>): Promise<Started> {
  const child = spawn(process.execPath, ['--conditions=@scorekeep/source', fileURLToPath(script)], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      // A suite starts the same program a dozen times.
      NODE_COMPILE_CACHE: fileURLToPath(new URL('../../../node_modules/.cache/compiled/', import.meta.url)),
      PORT: '0',
      DRAIN_MS: '0',
      ...environment,
    },
    // A group of its own: Ctrl-C is for whoever started it to pass on. Over the channel it learns when that one has gone.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const printed: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  const { url, metrics, embedded } = await readiness(child, printed);
  return {
    url: url ?? '',
    metrics,
    pid: child.pid ?? 0,
    embedded,
    output: () => printed.join(''),
    end: (signal) => end(child, signal),
  };
}

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

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
  return child.exitCode ?? child.signalCode;
}

/** Asks with JSON, and answers status and JSON. */
export async function ask(
  url: string,
  { method = 'GET', token, body, headers = {} }: AskOptions = {},
): Promise<{ status: number; body: unknown; headers: Headers }> {
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
