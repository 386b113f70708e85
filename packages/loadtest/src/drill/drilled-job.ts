import { setTimeout as wait } from 'node:timers/promises';
import type { Job, job } from '@scorekeep/queue';

/** What a worker process is told when it starts, by its environment: a URL holds a password, and arguments are everybody's to read. */
export interface DrillTask {
  readonly url: string;
  /** Folder whose `@scorekeep/queue` is run: this build's own, or another's. */
  readonly root: string;
  /** Jobs in one transaction. */
  readonly batch: number;
}

/** The job that is drilled, as a build defines it: a row each, and then a moment, so that faults find it at work. */
export const drilledJob = (define: typeof job, { batch }: Pick<DrillTask, 'batch'>): Job<{ readonly n: number }> =>
  define<{ readonly n: number }>('loadtest', {
    batch,
    async run({ n }, { tx, idempotencyKey }) {
      await tx.query('insert into loadtest.effect (key, amount) values ($1, $2)', [idempotencyKey, n]);
      await wait(MOMENT_MS);
    },
  });

const MOMENT_MS = 2;

/** Where the rows go; without a key, so that doing one twice shows. */
export const EFFECTS = `
  drop schema if exists loadtest cascade; create schema loadtest;
  create table loadtest.effect (key text not null, amount int not null, written_at timestamptz not null default clock_timestamp())`;

/** Connections of a worker's pool: as few as it starts with. */
export const POOL_SIZE = 4;
