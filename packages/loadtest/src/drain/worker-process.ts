import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { EffectiveSettings } from '../database/effective-settings.ts';
import { LoadtestError } from '../loadtest-error.ts';
import type { Reply, Request, Turn, WorkerTask } from './protocol.ts';

/** A worker process of a drain. */
export interface WorkerProcess {
  readonly pid: number;
  /** What it runs with, as it read it back. */
  readonly effective: EffectiveSettings;
  /** Asks it, and gives its last answer; `onReply` hears the others. */
  ask(request: Request, onReply?: (reply: Reply) => void): Promise<Extract<Reply, { is: 'finished' }>>;
  /** Has one that scores connect before it, and let go after it. */
  turn(turn: Turn): Promise<void>;
  /** How it ended: the signal, or the exit code. */
  readonly ended: Promise<string>;
  /** Has it finish what it has begun; gives what it did in all. @throws LoadtestError `RUN_FAILED` when it is not there any more */
  stop(): Promise<Extract<Reply, { is: 'worked' }>>;
}

/** Starts a process and waits until it serves. @throws LoadtestError `RUN_FAILED` */
export async function startWorker(task: WorkerTask): Promise<WorkerProcess> {
  const child = fork(workerFile(), {
    env: { ...process.env, SCOREKEEP_LOADTEST_TASK: JSON.stringify(task) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.on('error', () => undefined); // a channel that is closed; whoever waits for a reply hears of it there
  const ended = new Promise<string>((resolve) => child.once('exit', (code, signal) => resolve(endOf(code, signal))));
  const { effective } = await replyOf(child, 'ready');
  return {
    pid: child.pid ?? 0,
    effective,
    ended,
    async ask(request, onReply = () => undefined) {
      child.on('message', onReply);
      try {
        const answer = replyOf(child, 'finished');
        child.send(request);
        return await answer;
      } finally {
        child.off('message', onReply);
      }
    },
    async turn(turn) {
      const turned = replyOf(child, 'turned');
      child.send(turn);
      await turned;
    },
    async stop() {
      const worked = replyOf(child, 'worked');
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
      try {
        return await worked;
      } finally {
        await ended;
        clearTimeout(late);
      }
    },
  };
}

/** Far longer than any step takes. */
const STOP_MS_MAX = 30_000;

function replyOf<Kind extends Reply['is']>(child: ChildProcess, kind: Kind): Promise<Extract<Reply, { is: Kind }>> {
  const { exitCode, signalCode } = child;
  if (exitCode !== null || signalCode !== null) return Promise.reject(gone(endOf(exitCode, signalCode)));
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      child.off('error', onError);
      act();
    };
    const onMessage = (reply: Reply): void => {
      if (reply.is === kind) settle(() => resolve(reply as Extract<Reply, { is: Kind }>));
      if (reply.is === 'failed')
        settle(() => reject(new LoadtestError('RUN_FAILED', `A worker says: ${reply.message}`)));
    };
    const onExit = (code: number | null, signal: string | null): void =>
      settle(() => reject(gone(endOf(code, signal))));
    const onError = (cause: Error): void =>
      settle(() => reject(new LoadtestError('RUN_FAILED', 'A worker process cannot be reached', {}, { cause })));
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.on('error', onError);
  });
}

const endOf = (code: number | null, signal: string | null): string => signal ?? `exit code ${code}`;

const gone = (how: string): LoadtestError =>
  new LoadtestError('RUN_FAILED', `A worker process ended by ${how}; its error is above`, { how });

/** A file of its own, beside this one in the sources and in the build. */
function workerFile(): string {
  const own = fileURLToPath(new URL('./worker.ts', import.meta.url));
  return existsSync(own) ? own : fileURLToPath(new URL('./drain-worker.js', import.meta.url));
}
