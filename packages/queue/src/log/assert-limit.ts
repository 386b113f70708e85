import { ScorekeepError } from '../errors.ts';

/** @throws ScorekeepError DEFINITION_INVALID when a limit is no whole number from 1 to `most` */
export function assertLimit(limit: number, most: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return;
  throw new ScorekeepError('DEFINITION_INVALID', `limit must be an integer from 1 to ${most}, got ${String(limit)}`, {
    limit,
    most,
  });
}
