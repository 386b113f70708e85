import { BoardError } from './board-error.ts';

/** A day of the calendar as the number of days since 1970-01-01. */
export type Day = number;

const DAY_MS = 86_400_000;

/** The calendar day that it is in a time zone at a moment, by the zone data of the JavaScript engine. */
export function localDay(at: number, timeZone: string): Day {
  const parts = formatOf(timeZone).formatToParts(at);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day')) / DAY_MS;
}

/**
 * The first moment of a calendar day in a time zone. Where clocks skip midnight it is the moment after the gap, where they
 * repeat it the first of the two; a day that a zone left out is empty: it starts where the next one does.
 */
export function startOfDay(day: Day, timeZone: string): number {
  // No zone is, or was, 26 hours from UTC; within that the day is found by bisection, to the millisecond.
  let before = day * DAY_MS - 26 * 3_600_000;
  let after = day * DAY_MS + 26 * 3_600_000;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (localDay(middle, timeZone) < day) before = middle;
    else after = middle;
  }
  return after;
}

/** `2026-03-29` */
export const isoDay = (day: Day): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  try {
    const options = { timeZone, calendar: 'iso8601', year: 'numeric', month: 'numeric', day: 'numeric' } as const;
    const format = new Intl.DateTimeFormat('en-u-nu-latn', options);
    formats.set(timeZone, format);
    return format;
  } catch {
    const message = `Unknown time zone ${JSON.stringify(timeZone)}; IANA names such as Europe/Berlin are known`;
    throw new BoardError('WINDOW_INVALID', message, timeZone);
  }
}
