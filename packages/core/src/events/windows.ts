import { EventsError } from './events-error.ts';
import { type LocalTime, localTime } from './local-time.ts';

/** A span of event time, from `start` up to but not including `end`; milliseconds since 1970. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

export interface TumblingOptions {
  /** Calendar days, weeks from Monday, or months of the time zone; or a number of milliseconds of elapsed time. */
  readonly every: 'day' | 'week' | 'month' | number;
  /** An IANA time zone for calendar windows. UTC, unless given. */
  readonly timeZone?: string;
  /**
   * How much later than that a window starts, in milliseconds: `5 * 3_600_000` for days that begin at five in the morning,
   * `-86_400_000` for weeks from Sunday. Calendar windows count it on the local clock. 0, unless given.
   */
  readonly shift?: number;
}

export interface HoppingOptions extends TumblingOptions {
  /** How many hops a window lasts: with `every: 'day'`, 7 makes the week that ends each day. From 1 to 1000. */
  readonly lasting: number;
}

/**
 * Windows that follow one another, each time in exactly one: windows of a game's leaderboard. A day on which the clocks change
 * lasts 23 or 25 hours.
 *
 * @throws EventsError `DEFINITION_INVALID`; the returned function throws it for a time outside the years 1000 to 9998
 */
export function tumblingWindows(options: TumblingOptions): (time: number) => Window {
  const starts = startsOf(options);
  let last: Window = { start: 0, end: 0 };
  return (time) => {
    if (time >= last.start && time < last.end) return last;
    const index = starts.indexOf(checkedTime(time));
    last = { start: starts.at(index), end: starts.at(index + 1) };
    return last;
  };
}

/**
 * Windows of `lasting` hops, a new one starting each hop, so that a time is in `lasting` of them; in order of their start.
 *
 * @throws EventsError `DEFINITION_INVALID`; the returned function throws it for a time outside the years 1000 to 9998
 */
export function hoppingWindows(options: HoppingOptions): (time: number) => readonly Window[] {
  const { lasting } = options;
  if (!Number.isSafeInteger(lasting) || lasting < 1 || lasting > 1000) {
    throw invalid(`lasting must be a whole number from 1 to 1000, got ${lasting}`);
  }
  const starts = startsOf(options);
  const hop = tumblingWindows(options);
  let last: { readonly start: number; readonly windows: readonly Window[] } | undefined;
  return (time) => {
    const { start } = hop(time);
    if (last?.start !== start) last = { start, windows: around(starts.indexOf(time)) };
    return last.windows;
  };

  function around(newest: number): readonly Window[] {
    return Array.from({ length: lasting }, (_, i) => {
      const index = newest - lasting + 1 + i;
      return { start: starts.at(index), end: starts.at(index + lasting) };
    });
  }
}

/** Windows numbered through: the start of each number, and the number whose start is the last at or before a time. */
interface Starts {
  at(index: number): number;
  indexOf(time: number): number;
}

function startsOf({ every, timeZone = 'UTC', shift = 0 }: TumblingOptions): Starts {
  if (!Number.isSafeInteger(shift)) throw invalid(`shift must be a whole number of milliseconds, got ${shift}`);
  if (typeof every === 'number') {
    if (!Number.isSafeInteger(every) || every < 1) {
      throw invalid(`every must be "day", "week", "month" or a whole number of milliseconds from 1, got ${every}`);
    }
    if (timeZone !== 'UTC') throw invalid(`every: ${every} is elapsed time, which has no time zone; use shift`);
    return { at: (index) => index * every + shift, indexOf: (time) => Math.floor((time - shift) / every) };
  }
  const calendar = CALENDARS[every];
  if (calendar === undefined) {
    throw invalid(`every must be "day", "week", "month" or a number of milliseconds, got ${JSON.stringify(every)}`);
  }
  return calendarStarts(calendar, localTime(timeZone), shift);
}

function calendarStarts({ first, indexOf }: Calendar, local: LocalTime, shift: number): Starts {
  const at = (index: number): number => local.firstInstant(first(index) + shift);
  return {
    at,
    indexOf: (time) => {
      let index = indexOf(local.at(time) - shift);
      // Clocks that go back over a boundary show the earlier day again; the window that has begun goes on.
      while (at(index + 1) <= time) index += 1;
      while (at(index) > time) index -= 1;
      return index;
    },
  };
}

/** A calendar on the local clock: where a number's period begins, and which number a local time has. */
interface Calendar {
  first(index: number): number;
  indexOf(local: number): number;
}

const DAY = 86_400_000;
/** 1970-01-05 was a Monday. */
const MONDAY = 4 * DAY;

const CALENDARS: Readonly<Record<'day' | 'week' | 'month', Calendar>> = {
  day: { first: (index) => index * DAY, indexOf: (local) => Math.floor(local / DAY) },
  week: { first: (index) => index * 7 * DAY + MONDAY, indexOf: (local) => Math.floor((local - MONDAY) / (7 * DAY)) },
  month: {
    first: (index) => Date.UTC(1970, index),
    indexOf: (local) => {
      const date = new Date(local);
      return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
    },
  },
};

function checkedTime(time: number): number {
  if (time >= FIRST && time < LAST) return time;
  throw invalid(`A time must be a number of milliseconds within the years 1000 to 9998, got ${time}`);
}

const FIRST = Date.UTC(1000, 0);
const LAST = Date.UTC(9999, 0);

const invalid = (message: string): EventsError => new EventsError('DEFINITION_INVALID', message);
