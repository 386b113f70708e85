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
export function watchStatistics(pool: pg.Pool, schema: string, stopping: AbortSignal): JobStatistics {
  const table = `${quote(`${schema}_jobs`)}.job_common`;
  let [slowAt, next, apart] = [Number.NEGATIVE_INFINITY, 0, APART_MS];
  const refresh = async (): Promise<void> => {
    const { rowCount } = await pool.query(
      `select from pg_stat_all_tables where relid = $1::regclass and n_mod_since_analyze > ${CHANGED_MIN}
         and coalesce(greatest(last_analyze, last_autoanalyze) < clock_timestamp() - interval '${JUST_SECONDS} s', true)`,
      [table],
    );
    if (rowCount === 0 || stopping.aborted) return;
    next = performance.now() + apart;
    apart = Math.min(APART_MAX_MS, apart * 2);
    await pool.query(`analyze (skip_locked) ${table} (name, state)`);
  };
  const heard = (milliseconds: number, jobs: number): void => {
    if (milliseconds < SLOW_MS + jobs * SLOW_MS_PER_JOB) return;
    const now = performance.now();
    // Where it does not help, as on a network that is slow itself, it is done ever more rarely.
    if (now - slowAt > QUIET_MS) [next, apart] = [0, APART_MS];
    slowAt = now;
    if (now < next) return;
    next = now + LOOKS_APART_MS;
    refresh().catch((error: unknown) => {
      // The pool may have ended meanwhile.
      if (!stopping.aborted) publish('background.error', { where: 'statistics of jobs', error });
    });
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
/** Fewer changed rows are not what makes a statement slow. */
const CHANGED_MIN = 500;
/** Postgres tells of changed rows about a second late, so it is asked again. */
const LOOKS_APART_MS = 500;
/** Another process has only just had them counted. */
const JUST_SECONDS = 2;
/** Counting takes a tenth of a second where there are many jobs. */
const APART_MS = 10_000;
const APART_MAX_MS = 640_000;
/** After so long without a slow statement the next one is news. */
const QUIET_MS = 60_000;
