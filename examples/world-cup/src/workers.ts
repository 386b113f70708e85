import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** The worker processes. */
export interface Workers {
  /** Rejects when no worker is left although nobody stopped them; never resolves. */
  readonly allLost: Promise<never>;
  /** Tells them to finish what they have begun, and waits until they have ended. */
  stop(): Promise<void>;
}

/** What a worker is told. */
export interface WorkerOptions {
  readonly url: string;
  readonly schema: string;
  readonly backend: 'sql' | 'js';
  /** Where a collector listens; undefined to observe nothing. */
  readonly collector: string | undefined;
}

/**
 * Starts worker processes and waits until all of them serve.
 *
 * @param onLost called when a worker ends that nobody stopped, with what is known about it
 */
export async function startWorkers(
  count: number,
  options: WorkerOptions,
  onLost: (message: string) => void,
): Promise<Workers> {
  let stopping = false;
  let left = count;
  let loseAll: (error: Error) => void = () => undefined;
  const allLost = new Promise<never>((_, reject) => {
    loseAll = reject;
  });
  allLost.catch(() => undefined);
  const children = Array.from({ length: count }, () =>
    fork(new URL('./demo-worker.ts', import.meta.url), forked(options)),
  );

  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(children.map(stopOne));
  };
  for (const [index, child] of children.entries()) {
    child.once('exit', (code, signal) => {
      if (stopping) return;
      left -= 1;
      onLost(`worker ${index + 1} ended by ${signal ?? `itself with exit code ${code}`}; ${left} left`);
      if (left === 0) loseAll(new Error('No worker process is left, so nothing would be scored any more.'));
    });
  }
  try {
    await Promise.all(children.map(ready));
  } catch (error) {
    await stop();
    throw error;
  }
  return { allLost, stop };
}

/** By environment, not by argument: a URL holds a password, and arguments are everybody's to read. */
function forked({ url, schema, backend, collector = '' }: WorkerOptions): Parameters<typeof fork>[2] {
  const env = {
    ...process.env,
    WORLD_CUP_URL: url,
    WORLD_CUP_SCHEMA: schema,
    WORLD_CUP_BACKEND: backend,
    WORLD_CUP_COLLECTOR: collector,
  };
  return { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] };
}

async function ready(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`A worker process ended before it served (${signal ?? `exit code ${code}`}); its error is above.`);
  });
  await Promise.race([once(child, 'message'), gone]);
  gone.catch(() => undefined);
}

async function stopOne(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
  await exited;
  clearTimeout(late);
}

/** Far longer than any slice takes; exactly-once does not hang on it. */
const STOP_MS_MAX = 20_000;
