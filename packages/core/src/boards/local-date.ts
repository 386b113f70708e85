import { type LocalTime, localTime } from '../events/local-time.ts';
import { BoardError } from './board-error.ts';

/** A day of the calendar as the number of days since 1970-01-01. */
export type Day = number;

const DAY_MS = 86_400_000;

/** The calendar day that it is in a time zone at a moment, by the zone data of the JavaScript engine. */
export const localDay = (at: number, timeZone: string): Day => Math.floor(clocksOf(timeZone).at(at) / DAY_MS);

/**
 * The first moment of a calendar day in a time zone. Where clocks skip midnight it is the moment after the gap, where they
 * repeat it the first of the two; a day that a zone left out is empty: it starts where the next one does.
 */
export const startOfDay = (day: Day, timeZone: string): number => clocksOf(timeZone).firstInstant(day * DAY_MS);

/** `2026-03-29` */
export const isoDay = (day: Day): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

const clocks = new Map<string, LocalTime>();

function clocksOf(timeZone: string): LocalTime {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  try {
    const made = localTime(timeZone);
    clocks.set(timeZone, made);
    return made;
  } catch {
    const message = `Unknown time zone ${JSON.stringify(timeZone)}; IANA names such as Europe/Berlin are known`;
    throw new BoardError('WINDOW_INVALID', message, timeZone);
  }
}
