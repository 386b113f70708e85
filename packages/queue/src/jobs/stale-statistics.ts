import type pg from 'pg';
import { publish } from '../facts.ts';
import { quote } from '../postgres/identifiers.ts';
import { plannedRows } from '../postgres/planned-rows.ts';
import type { Job } from './job.ts';

/** Watches how statements over the table of jobs are planned, and how long they take. */
export interface JobStatistics {
  /** Answers what a statement does, which was about so many jobs of a queue. */
  timed<T>(job: Job<never, never>, statement: Promise<T>, jobs: (answer: T) => number): Promise<T>;
  /**
   * Whether so many jobs of a queue that keeps none are kept all the same, once they are done: some are where many come, or their queue
   * would look empty whenever its rows are counted.
   */
  wants(job: Job<never, never>, jobs: number): boolean;
}

/**
 * Has Postgres count the jobs anew when it believes a busy queue to hold a handful, or when a statement over them takes longer than one
 * that finds each by its index. Until autovacuum has looked, up to a minute later, a queue that was empty or unknown when they were last
 * counted seems to hold one job: then any index that begins with its name looks as good, and each batch reads all that wait. A worker
 * that was idle kept that plan through a burst, and did 555 jobs a second of 20 000 instead of some 10 000. Whose role may not analyze
 * the table waits for autovacuum.
 */
export function watchStatistics(pool: pg.Pool, schema: string, stopping: AbortSignal): JobStatistics {
  const table = `${quote(`${schema}_jobs`)}.job_common`;
  const queues = new Map<string, Watched>();
  let [countedAt, apart] = [Number.NEGATIVE_INFINITY, APART_MS];
  const watchedOf = ({ queue }: Job<never, never>): Watched => {
    const known = queues.get(queue) ?? { seen: 0, since: 0, lookAt: 0, wanted: 0, wantedAt: Number.NEGATIVE_INFINITY };
    queues.set(queue, known);
    return known;
  };
  const analyze = (): Promise<unknown> => pool.query(`analyze (skip_locked) ${table} (name, state)`);
  const refresh = async (job: Job<never, never>, isSlow: boolean): Promise<void> => {
    // Done jobs are among them.
    const believed = await plannedRows(pool, `select from ${table} where name = $1`, [job.queue]);
    if (believed >= ENOUGH && !isSlow) return;
    const now = performance.now();
    const watched = watchedOf(job);
    if (believed < ENOUGH && now - watched.wantedAt > WANTS_APART_MS) [watched.wanted, watched.wantedAt] = [KEPT, now];
    const { rowCount } = await pool.query(
      `select from pg_stat_all_tables where relid = $1::regclass
         and greatest(last_analyze, last_autoanalyze) > clock_timestamp() - interval '${JUST_SECONDS} s'`,
      [table],
    );
    // Somebody else has only just done so, and there were some.
    if ((rowCount !== 0 && believed > 1) || stopping.aborted) return;
    // Where it did not help, as on a network that is slow itself, it is done ever more rarely.
    apart = now - countedAt < 2 * apart ? Math.min(APART_MAX_MS, 2 * apart) : APART_MS;
    countedAt = now;
    await analyze();
  };
  const inBackground = (work: Promise<unknown>): Promise<unknown> =>
    work.catch((error: unknown) => {
      // The pool may have ended meanwhile.
      if (!stopping.aborted) publish('background.error', { where: 'statistics of jobs', error });
    });
  const heard = (job: Job<never, never>, milliseconds: number, jobs: number): void => {
    if (jobs === 0 || stopping.aborted) return;
    const now = performance.now();
    const watched = watchedOf(job);
    if (now - watched.since > BUSY_MS) [watched.seen, watched.since] = [0, now];
    watched.seen += jobs;
    if (watched.seen < SEEN_MIN || now < Math.max(watched.lookAt, countedAt + apart)) return;
    watched.lookAt = Number.POSITIVE_INFINITY;
    void inBackground(refresh(job, milliseconds > SLOW_MS + jobs * SLOW_MS_PER_JOB)).finally(() => {
      [watched.seen, watched.lookAt] = [0, performance.now() + LOOKS_APART_MS];
    });
  };
  return {
    async timed(job, statement, jobs) {
      const start = performance.now();
      const answer = await statement;
      heard(job, performance.now() - start, jobs(answer));
      return answer;
    },
    wants(job, jobs) {
      const watched = watchedOf(job);
      if (watched.wanted === 0) return false;
      watched.wanted = Math.max(0, watched.wanted - jobs);
      if (watched.wanted === 0) void inBackground(analyze());
      return true;
    },
  };
}

/** What is known of a queue. */
interface Watched {
  /** What this process has seen of its jobs lately: Postgres itself tells of changed rows up to ten seconds late. */
  seen: number;
  since: number;
  lookAt: number;
  /** How many done jobs are still to be kept although none are, and when that was found. */
  wanted: number;
  wantedAt: number;
}

/** Of a queue of so many, jobs are found by their ids. */
const ENOUGH = 500;
/** So many done jobs are kept of a queue that keeps none, where many come. */
const KEPT = 1_000;
/** A table may be so large that they are not found among a sample of it. */
const WANTS_APART_MS = 3_600_000;
/** A batch of 50 usually takes 2 ms. */
const SLOW_MS = 5;
const SLOW_MS_PER_JOB = 0.1;
/** Fewer jobs are not what makes a statement slow, fetched and acknowledged, within so many milliseconds. */
const SEEN_MIN = 500;
const BUSY_MS = 60_000;
/** For so long somebody else's counting is as good. */
const JUST_SECONDS = 2;
/** Between looks. */
const LOOKS_APART_MS = 500;
/** Counting takes a tenth of a second where there are many jobs. */
const APART_MS = 10_000;
const APART_MAX_MS = 160_000;
