import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startProcess } from '@scorekeep/queue/testing';
import type { DrillTask } from './drilled-job.ts';

/** The workers of a drill: each may die by SIGKILL, and by nothing else. */
export interface WorkerProcesses {
  /** Resolves when it serves. */
  start(): Promise<ChildProcess>;
  /** Aborted when one has ended by anything else, or the given signal is; the reason says why. */
  readonly broken: AbortSignal;
}

export function workerProcesses(task: DrillTask, signal: AbortSignal | undefined): WorkerProcesses {
  const fallen = new AbortController();
  const broken = AbortSignal.any([fallen.signal, ...(signal === undefined ? [] : [signal])]);
  return {
    broken,
    async start() {
      broken.throwIfAborted();
      const environment = { SCOREKEEP_LOADTEST_TASK: JSON.stringify(task) };
      const child = await startProcess(workerFile(), { environment });
      child.once('exit', (code, how) => {
        if (how !== 'SIGKILL')
          fallen.abort(new Error(`a worker ended by ${how ?? `exit code ${code}`}, no fault of ours`));
      });
      return child;
    },
  };
}

/** A file of its own, beside this one in the sources and in the build. */
function workerFile(): string {
  const own = fileURLToPath(new URL('./worker.ts', import.meta.url));
  return existsSync(own) ? own : fileURLToPath(new URL('./drill-worker.js', import.meta.url));
}
