import { ScorekeepError } from './errors.ts';

/** @throws ScorekeepError DEFINITION_INVALID */
export function assertLimit(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const message = `${name} must be an integer from ${least} to ${most}, got ${String(value)}`;
  throw new ScorekeepError('DEFINITION_INVALID', message, { name, value });
}
