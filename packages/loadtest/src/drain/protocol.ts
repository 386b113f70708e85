import type { EffectiveSettings } from '../database/effective-settings.ts';
import type { ContestName } from './contest.ts';

/** What a worker process is told when it starts, by its environment: a URL holds a password, and arguments are everybody's to read. */
export interface WorkerTask {
  readonly url: string;
  readonly contest: ContestName;
  readonly backend: 'sql' | 'js';
  readonly batchSize: number | undefined;
  /** Folder whose `@scorekeep/queue` and `@scorekeep/core` are run: this build's own, or another's. */
  readonly root: string;
  /** `serve` works slices and does what it is asked, `run` only what it is asked, `score` not even connects before it is asked. */
  readonly mode: 'serve' | 'run' | 'score';
  /** Whether it ends by SIGKILL when it begins its second slice: with that one in hand, and work behind it. */
  readonly dies?: boolean;
  /** What is planted, for the self-test: CPU microseconds for each item, statements for each step. */
  readonly plant: { readonly cpuMicroseconds: number; readonly statements: number } | undefined;
}

/** What a worker can be asked. */
export type Request = Turn | { readonly ask: 'run' } | { readonly ask: 'score-inline'; readonly limit: number };

/** What a worker that scores is asked before it and after it. */
export type Turn = { readonly ask: 'connect'; readonly projection: string } | { readonly ask: 'disconnect' };

export type Reply =
  | { readonly is: 'ready'; readonly effective: EffectiveSettings }
  | { readonly is: 'queued'; readonly enqueueSeconds: number }
  | { readonly is: 'progress'; readonly done: number; readonly expected: number }
  | {
      readonly is: 'finished';
      readonly seconds: number;
      /** What this process used meanwhile: to the microsecond, where /proc counts in 10 ms. */
      readonly cpuSeconds: number;
      readonly parked: number;
      readonly slices: number;
    }
  | { readonly is: 'turned' }
  | { readonly is: 'worked'; readonly items: number; readonly memoryMb: number }
  | { readonly is: 'failed'; readonly message: string };

/** Name of a drain's projection and of its board. */
export const PROJECTION = 'loadtest';
