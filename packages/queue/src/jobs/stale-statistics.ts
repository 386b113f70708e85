import type pg from 'pg';
import { publish } from '../facts.ts';
import { quote } from '../postgres/identifiers.ts';

/** Watches how long statements over the table of jobs take. */
export interface JobStatistics {
  /** Answers what a statement about so many jobs does. */
  timed<T>(jobs: number, statement: Promise<T>): Promise<T>;
}

/**
 * Has Postgres count the jobs anew when a statement over them takes longer than one that finds each by its index. Until autovacuum
 * has looked, up to a minute later, a queue that was empty or unknown when they were last counted seems to hold one job: then
 * any index that begins with its name looks as good, and each batch reads all that wait. A worker that was idle kept that plan
 * through a burst, and did 555 jobs a second of 20 000 instead of some 10 000. Whose role may not analyze the table waits for autovacuum.
 */
export function watchStatistics(pool: pg.Pool, schema: string): JobStatistics {
  const table = `${quote(`${schema}_jobs`)}.job_common`;
  let next = 0;
  const refresh = async (): Promise<void> => {
    const { rowCount } = await pool.query(
      `select from pg_stat_all_tables where relid = $1::regclass and n_mod_since_analyze > ${CHANGED_MIN} + n_live_tup / 10`,
      [table],
    );
    if (rowCount === 0) return;
    next = performance.now() + APART_MS;
    await pool.query(`analyze (skip_locked) ${table} (name, state)`);
  };
  const heard = (milliseconds: number, jobs: number): void => {
    if (milliseconds < SLOW_MS + jobs * SLOW_MS_PER_JOB || performance.now() < next) return;
    next = performance.now() + LOOKS_APART_MS;
    refresh().catch((error: unknown) => publish('background.error', { where: 'statistics of jobs', error }));
  };
  return {
    timed(jobs, statement) {
      const start = performance.now();
      return statement.finally(() => heard(performance.now() - start, jobs));
    },
  };
}

/** A batch of 50 usually takes 2 ms. */
const SLOW_MS = 5;
const SLOW_MS_PER_JOB = 0.1;
/** Changed rows that make counting anew worth while, beside a tenth of all. */
const CHANGED_MIN = 500;
/** Postgres tells how many rows have changed about a second late. */
const LOOKS_APART_MS = 500;
/** Counting takes a tenth of a second where there are many jobs. */
const APART_MS = 10_000;
