import { HostError } from '@scorekeep/example-host';

/**
 * A whole number of a query string.
 *
 * @throws HostError 400 INPUT_INVALID naming its bounds
 */
export function intOf(name: string, text: string | undefined, least: number, most: number, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new HostError(400, 'INPUT_INVALID', `${name} must be a whole number from ${least} to ${most}.`);
}
