import { ScorekeepError } from '../errors.ts';

/**
 * Asserts that Postgres holds a text as it is. It takes no U+0000, and the driver would send every half of a surrogate pair as
 * the same U+FFFD, so that two names became one.
 *
 * @throws ScorekeepError DEFINITION_INVALID
 */
export function assertText(name: string, text: string): void {
  const fault = faultOf(text);
  if (fault !== undefined) throw new ScorekeepError('DEFINITION_INVALID', `${name} ${fault}`, { argument: name });
}

function faultOf(text: unknown): string | undefined {
  if (typeof text !== 'string') return 'must be a text';
  if (text.includes('\0')) return 'has U+0000, which Postgres cannot hold: refuse it where it comes from';
  return text.isWellFormed()
    ? undefined
    : 'has half a surrogate pair, which is no Unicode: refuse it where it comes from';
}

/** @throws ScorekeepError DEFINITION_INVALID for a number that is not whole, or not from 0 to `most` */
export function assertWhole(name: string, value: number, most: number = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= 0 && value <= most) return;
  throw new ScorekeepError(
    'DEFINITION_INVALID',
    `${name} must be a whole number from 0 to ${most}, got ${String(value)}`,
    { argument: name, value, most },
  );
}

/** @throws ScorekeepError DEFINITION_INVALID for a time that is no whole number, or that Postgres or a Date cannot hold */
export function assertTime(name: string, time: number): void {
  if (Number.isSafeInteger(time) && time >= TIME_MIN && time <= TIME_MAX) return;
  throw new ScorekeepError(
    'DEFINITION_INVALID',
    `${name} must be whole Unix milliseconds from ${TIME_MIN} to ${TIME_MAX}, got ${String(time)}`,
    { argument: name, time },
  );
}

/** Where Postgres's timestamps begin: 24 November 4714 BC, Julian day 0 (its manual, table 8.9). */
const TIME_MIN = -210_866_803_200_000;
/** Where a Date ends, ECMA-262 §21.4.1.1; Postgres ends later. */
const TIME_MAX = 8.64e15;
