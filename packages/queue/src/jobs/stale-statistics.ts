import type pg from 'pg';
import { publish } from '../facts.ts';
import { quote } from '../postgres/identifiers.ts';

/** Watches how long statements over the table of jobs take. */
export interface JobStatistics {
  /** Answers what a statement does, which was about so many jobs. */
  timed<T>(statement: Promise<T>, jobs: (answer: T) => number): Promise<T>;
}

/**
 * Has Postgres count the jobs anew when a statement over them takes longer than one that finds each by its index. Until autovacuum
 * has looked, up to a minute later, a queue that was empty or unknown when they were last counted seems to hold one job: then
 * any index that begins with its name looks as good, and each batch reads all that wait. A worker that was idle kept that plan
 * through a burst, and did 555 jobs a second of 20 000 instead of some 10 000. Whose role may not analyze the table waits for autovacuum.
 */
export function watchStatistics(pool: pg.Pool, schema: string, stopping: AbortSignal): JobStatistics {
  const table = `${quote(`${schema}_jobs`)}.job_common`;
  let lookAt = 0;
  /** What this process has seen of jobs since it had them counted: Postgres itself tells of changed rows up to ten seconds late. */
  let seen = 0;
  let [countedAt, apart] = [Number.NEGATIVE_INFINITY, APART_MS];
  const refresh = async (): Promise<void> => {
    const { rowCount } = await pool.query(
      `select from pg_stat_all_tables where relid = $1::regclass
         and greatest(last_analyze, last_autoanalyze) > clock_timestamp() - interval '${JUST_SECONDS} s'`,
      [table],
    );
    // Somebody else has only just done so.
    if (rowCount !== 0 || stopping.aborted) return;
    const now = performance.now();
    // Where it did not help, as on a network that is slow itself, it is done ever more rarely.
    apart = now - countedAt < 2 * apart ? Math.min(APART_MAX_MS, 2 * apart) : APART_MS;
    [countedAt, seen] = [now, 0];
    await pool.query(`analyze (skip_locked) ${table} (name, state)`);
  };
  const heard = (milliseconds: number, jobs: number): void => {
    seen += jobs;
    if (milliseconds < SLOW_MS + jobs * SLOW_MS_PER_JOB || seen < SEEN_MIN) return;
    if (stopping.aborted || performance.now() < Math.max(lookAt, countedAt + apart)) return;
    lookAt = Number.POSITIVE_INFINITY;
    refresh()
      .catch((error: unknown) => {
        // The pool may have ended meanwhile.
        if (!stopping.aborted) publish('background.error', { where: 'statistics of jobs', error });
      })
      .finally(() => {
        lookAt = performance.now() + LOOKS_APART_MS;
      });
  };
  return {
    async timed(statement, jobs) {
      const start = performance.now();
      const answer = await statement;
      heard(performance.now() - start, jobs(answer));
      return answer;
    },
  };
}

/** A batch of 50 usually takes 2 ms. */
const SLOW_MS = 5;
const SLOW_MS_PER_JOB = 0.1;
/** Fewer jobs are not what makes a statement slow. */
const SEEN_MIN = 500;
/** For so long somebody else's counting is as good. */
const JUST_SECONDS = 2;
/** Between looks whether somebody else has just had them counted. */
const LOOKS_APART_MS = 500;
/** Counting takes a tenth of a second where there are many jobs. */
const APART_MS = 10_000;
const APART_MAX_MS = 160_000;
