import { EventsError } from './events-error.ts';

/** Time as the clocks of a time zone show it, in milliseconds as if that were UTC. */
export interface LocalTime {
  /** What the clocks show at an instant. */
  at(time: number): number;
  /** The first instant at which the clocks show this or later: after the gap, when they skip it; the first, when they show it twice. */
  firstInstant(local: number): number;
}

/** @throws EventsError `DEFINITION_INVALID` for a time zone that the runtime does not know */
export function localTime(timeZone: string): LocalTime {
  const offset = timeZone === 'UTC' ? () => 0 : offsetOf(timeZone);
  return {
    at: (time) => time + offset(time),
    firstInstant: (local) => {
      // Offsets are within 16 hours and clocks change once in two days, so that two probes tell whether they change here.
      const before = offset(local - DAY);
      const after = offset(local + DAY);
      if (before === after) return local - before;
      const change = changeBetween(offset, local - DAY, local + DAY);
      return local - before < change ? local - before : Math.max(change, local - after);
    },
  };
}

const DAY = 86_400_000;

function offsetOf(timeZone: string): (time: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    const message = `There is no time zone ${JSON.stringify(timeZone)}; name one as the IANA database does, such as Europe/Berlin`;
    throw new EventsError('DEFINITION_INVALID', message, { timeZone }, { cause });
  }
  return (time) => {
    const part: Record<string, number> = {};
    const second = Math.floor(time / 1000) * 1000;
    for (const { type, value } of format.formatToParts(second)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: seconds = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, seconds) - second;
  };
}

/** The first instant of the later offset, to the second. */
function changeBetween(offset: (time: number) => number, from: number, to: number): number {
  const earlier = offset(from);
  let low = Math.floor(from / 1000);
  let high = Math.ceil(to / 1000);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offset(middle * 1000) === earlier) low = middle;
    else high = middle;
  }
  return high * 1000;
}
