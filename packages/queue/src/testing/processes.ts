import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** How a process is started. */
export interface ProcessOptions {
  /** Set besides this process's own environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Options of Node itself. Default: those of this process. */
  readonly nodeOptions?: readonly string[];
}

/**
 * Starts a Node process and resolves when it has written something, which is how it says that it serves.
 *
 * @param script path of its module
 * @throws Error when it ends before that
 */
export async function startProcess(script: string, options: ProcessOptions = {}): Promise<ChildProcess> {
  const child = spawnNode(script, options);
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code, signal) => reject(new Error(`the worker ended before it was ready: ${code ?? signal}`)));
    child.stdout?.once('data', () => resolve());
  });
  return child;
}

const spawnNode = (
  script: string,
  { environment = {}, nodeOptions = process.execArgv }: ProcessOptions,
): ChildProcess =>
  spawn(process.execPath, [...nodeOptions, script], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });

type Environment = Readonly<Record<string, string>>;

const workerPath = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const workerOptions = (environment: Environment): ProcessOptions => ({
  environment,
  nodeOptions: ['--conditions=@scorekeep/source'],
});

/** Starts a drill worker of this folder. Its environment says what it does; see drill-worker.ts. */
export const startWorker = (environment: Environment, name = 'drill-worker.ts'): Promise<ChildProcess> =>
  startProcess(workerPath(name), workerOptions(environment));

/**
 * Runs a drill worker that kills itself until it has, and resolves with how it ended. It may do so before it is ready:
 * what waits for it is in its hands at once.
 */
export async function runVictim(environment: Environment, name: string): Promise<number | NodeJS.Signals | null> {
  const victim = spawnNode(workerPath(name), workerOptions(environment));
  victim.stdout?.resume();
  const [code, signal] = await once(victim, 'exit');
  return code ?? signal;
}

/** Sends a signal and resolves with how the process ended. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
  return child.exitCode ?? child.signalCode;
}

/** Starts a process again whenever it ends. */
export function supervise(startOne: () => Promise<ChildProcess>): { stop(): Promise<void> } {
  let stopped = false;
  let current: ChildProcess | undefined;
  const running = (async () => {
    while (!stopped) {
      current = await startOne().catch(() => undefined);
      if (current === undefined) continue;
      if (stopped) await end(current, 'SIGKILL');
      if (current.exitCode === null && current.signalCode === null) await once(current, 'exit');
    }
  })();
  return {
    async stop() {
      stopped = true;
      if (current !== undefined) await end(current, 'SIGKILL');
      await running;
    },
  };
}
