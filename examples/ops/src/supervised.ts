import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { launch, type Program } from './launch.ts';

/** A process that is started again whenever it ends by itself. */
export interface Supervised {
  /** What it said when it was ready. */
  readonly state: () => SupervisedState;
  /** Resolves when it serves; rejects when its first start fails. */
  readonly ready: Promise<void>;
  /** Ends it; what it has begun it finishes. */
  stop(): Promise<void>;
}

export interface SupervisedState {
  readonly state: 'starting' | 'running' | 'waiting';
  readonly pid: number | undefined;
  readonly since: string;
  /** How often it ended by itself and was started again. */
  readonly restarts: number;
  readonly url: string | undefined;
  readonly metrics: string | undefined;
}

/** What a script says over its channel once it is ready. */
interface Ready {
  readonly url?: string;
  readonly metrics?: string;
}

/** Runs a program, again and again. */
export function supervise(program: Program): Supervised {
  let child: ChildProcess | undefined;
  let stopping = false;
  let restarts = 0;
  let said: Ready | undefined;
  let since = new Date();
  let wake: () => void = () => undefined;

  const runOnce = async (onReady: () => void): Promise<string> => {
    said = undefined;
    since = new Date();
    try {
      child = launch(program);
      child.once('message', (message) => {
        said = message as Ready;
        onReady();
      });
      const [code, signal] = await once(child, 'exit');
      return String(signal ?? code);
    } catch (error) {
      // It was never started: there are too many processes, or no place for its log.
      return (error as Error).message;
    }
  };

  let running: Promise<void> = Promise.resolve();
  const ready = new Promise<void>((resolve, reject) => {
    running = (async () => {
      for (let served = false; !stopping; restarts += 1) {
        const ended = await runOnce(() => {
          served = true;
          resolve();
        });
        child = undefined;
        if (stopping) break;
        if (!served) return reject(new Error(`it ended with ${ended} before it served; see ${program.log}`));
        await new Promise<void>((go) => {
          wake = go;
          setTimeout(go, Math.min(10_000, 250 * 2 ** Math.min(restarts, 6)));
        });
      }
      resolve();
    })();
  });
  ready.catch(() => undefined);
  return {
    ready,
    state: () => ({
      state: said !== undefined && child !== undefined ? 'running' : child === undefined ? 'waiting' : 'starting',
      pid: child?.pid,
      since: since.toISOString(),
      restarts,
      url: said?.url,
      metrics: said?.metrics,
    }),
    async stop() {
      stopping = true;
      wake();
      const late = setTimeout(() => child?.kill('SIGKILL'), patienceWith(program.environment));
      child?.kill('SIGTERM');
      await running;
      clearTimeout(late);
    },
  };
}

/** How long a process may take to end, once it has said for DRAIN_MS that it does. Exactly-once does not hang on it. */
export const patienceWith = ({ DRAIN_MS }: NodeJS.ProcessEnv): number => (Number(DRAIN_MS) || 0) + STEP_MS_MAX;

/** Longer than any step takes. */
const STEP_MS_MAX = 60_000;
