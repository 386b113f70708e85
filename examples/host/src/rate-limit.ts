import { createHash } from 'node:crypto';
import type pg from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
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

/** Counts in this process: cheap enough for every request. */
export function limitInProcess(points: number, seconds: number): RateLimit {
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  return { take: (key) => take(() => limiter.consume(key)) };
}

/** Counts in Postgres, over all processes. A key is stored as its digest, since it may be a phone number. */
export async function limitOverall(pool: pg.Pool, name: string, points: number, seconds: number): Promise<RateLimit> {
  await createTable(pool);
  const limiter = new RateLimiterPostgres({
    storeClient: pool,
    storeType: 'pool',
    tableName: TABLE,
    tableCreated: true,
    keyPrefix: name,
    points,
    duration: seconds,
    clearExpiredByTimeout: true,
  });
  return { take: (key) => take(() => limiter.consume(createHash('sha256').update(key).digest('base64url'))) };
}

const TABLE = 'rate_limit';

/** The limiter's own creation of its table fails when two processes start at once. */
async function createTable(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(`select pg_advisory_xact_lock(hashtextextended('${TABLE}', 0))`);
    await client.query(
      `create table if not exists ${TABLE} (key varchar(255) primary key, points integer not null default 0, expire bigint)`,
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
