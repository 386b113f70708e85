import { type ChildProcess, fork } from 'node:child_process';
import cluster from 'node:cluster';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What is run, and how. */
export interface Program {
  readonly script: URL;
  readonly environment: NodeJS.ProcessEnv;
  /** Its output is appended here. */
  readonly log: string;
  /** It listens on the sockets of the others that do, so that one can take over from another without a gap between them. */
  readonly sharesSockets?: boolean;
}

// A process accepts connections by itself: none of them passes through here.
cluster.schedulingPolicy = cluster.SCHED_NONE;

/** Cluster adds to what a process is given the environment of this one: that of the first `up`, right or wrong. */
const NOTHING_OF_OURS = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));

/** Starts a program, with a channel over which it says that it is ready. */
export function launch({ script, environment, log, sharesSockets = false }: Program): ChildProcess {
  const file = fileURLToPath(script);
  const output = openSync(log, 'a');
  const stdio: ('ignore' | 'ipc' | number)[] = ['ignore', output, output, 'ipc'];
  const execArgv = ['--conditions=@scorekeep/source'];
  try {
    if (!sharesSockets) return fork(file, { execArgv, env: environment, stdio });
    cluster.setupPrimary({ exec: file, args: [], execArgv, stdio });
    return cluster.fork({ ...NOTHING_OF_OURS, ...environment }).process;
  } finally {
    closeSync(output);
  }
}
