import { createHash } from 'node:crypto';
import type pg from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes, RLWrapperTimeouts } from 'rate-limiter-flexible';
import { HostError } from './host-error.ts';

/** So many points in so many seconds. */
export interface RateLimit {
  /**
   * Counts one for this key.
   *
   * @throws HostError 429 RATE_LIMIT_EXCEEDED with the seconds to wait
   */
  take(key: string): Promise<void>;
}

/** A limit whose points can be given back. */
export interface ReturnableLimit extends RateLimit {
  /** Gives back a point that was taken for nothing. */
  giveBack(key: string): Promise<void>;
}

/** Counts in this process. */
export function limitInProcess(points: number, seconds: number): RateLimit {
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  return { take: (key) => take(() => limiter.consume(key)) };
}

/** Counts in Postgres, over all processes. A key is stored as its digest, since it may be a phone number. */
export async function limitOverall(
  pool: pg.Pool,
  name: string,
  points: number,
  seconds: number,
): Promise<ReturnableLimit> {
  await createTable(pool, TABLE);
  const limiter = new RateLimiterPostgres(stored(pool, TABLE, { name, points, seconds }));
  return {
    take: (key) => take(() => limiter.consume(digest(key))),
    async giveBack(key) {
      // Of a single point nobody else can hold any, and those who were refused meanwhile need not wait.
      await (points === 1 ? limiter.delete(digest(key)) : limiter.reward(digest(key)));
    },
  };
}

/**
 * Counts requests a minute over all processes, cheaply enough for every request: a process tells Postgres of each hundredth
 * of the limit that an address uses up here. So whoever asks rarely costs no statement, and the limit may be exceeded by a
 * hundredth for each process. While Postgres does not answer, each process counts by itself.
 */
export async function limitRequests(pool: pg.Pool, perMinute: number): Promise<RateLimit> {
  await createTable(pool, REQUESTS, 'unlogged');
  const share = Math.max(1, Math.floor(perMinute / 100));
  const here = new RateLimiterMemory({ points: perMinute, duration: MINUTE });
  const overall = new RLWrapperTimeouts({
    limiter: new RateLimiterPostgres({
      ...stored(pool, REQUESTS, { name: 'requests', points: perMinute, seconds: MINUTE }),
      insuranceLimiter: new RateLimiterMemory({ points: perMinute, duration: MINUTE }),
    }),
    timeoutMs: PATIENCE_MS,
  });
  const tell = async (key: string): Promise<void> => {
    try {
      await overall.consume(digest(key), share);
    } catch (refusal) {
      // Whoever is over the limit is refused here, without another statement, until its time is over.
      if (refusal instanceof RateLimiterRes) await here.block(key, Math.max(1, refusal.msBeforeNext) / 1_000);
      throw refusal;
    }
  };
  return {
    take: (key) =>
      take(async () => {
        const { consumedPoints } = await here.consume(key);
        if (consumedPoints % share === 0) await tell(key);
      }),
  };
}

const MINUTE = 60;
/** No request waits longer for its number to be counted. */
const PATIENCE_MS = 1_000;

const TABLE = 'rate_limit';
/** Unlogged: no request waits for a disk, and a server that crashed may forget them. */
const REQUESTS = 'request_limit';

const digest = (key: string): string => createHash('sha256').update(key).digest('base64url');

const stored = (pool: pg.Pool, table: string, limit: { name: string; points: number; seconds: number }) => ({
  storeClient: pool,
  storeType: 'pool',
  tableName: table,
  tableCreated: true,
  keyPrefix: limit.name,
  points: limit.points,
  duration: limit.seconds,
  clearExpiredByTimeout: true,
});

/** The limiter's own creation of its table fails when two processes start at once. */
async function createTable(pool: pg.Pool, table: string, kind: '' | 'unlogged' = ''): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(`select pg_advisory_xact_lock(hashtextextended('${table}', 0))`);
    await client.query(
      `create ${kind} table if not exists ${table} (key varchar(255) primary key, points integer not null default 0, expire bigint)`,
    );
    await client.query('commit');
  } finally {
    client.release();
  }
}

async function take(consume: () => Promise<unknown>): Promise<void> {
  try {
    await consume();
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const retryAfter = Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000));
    throw new HostError(429, 'RATE_LIMIT_EXCEEDED', `Too many requests; try again in ${retryAfter} s.`, { retryAfter });
  }
}
