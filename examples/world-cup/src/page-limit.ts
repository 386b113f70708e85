import { HostError } from '@scorekeep/example-host';

/**
 * The `limit` of a query, 1 to 100; 10 without one.
 *
 * @throws HostError 400 LIMIT_INVALID
 */
export function pageLimit(query: unknown): number {
  const { limit = '10' } = query as { limit?: unknown };
  const value = typeof limit === 'string' && /^\d{1,3}$/.test(limit) ? Number(limit) : Number.NaN;
  if (value >= 1 && value <= MOST) return value;
  throw new HostError(400, 'LIMIT_INVALID', `limit must be a whole number from 1 to ${MOST}.`);
}

const MOST = 100;
