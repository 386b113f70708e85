import { BoardError } from './board-error.ts';
import { type Day, isoDay, localDay, startOfDay } from './local-date.ts';

/**
 * How a board's time is divided: into calendar days, weeks or months of a time zone, into one tournament, or not at all.
 */
export type Windowing =
  | { readonly every: 'day' | 'month'; readonly timeZone: string }
  | {
      readonly every: 'week';
      readonly timeZone: string;
      /** The day that a week starts with, 1 Monday to 7 Sunday as ISO 8601 counts. Default 1. */
      readonly weekStart?: number;
    }
  /** From `start` up to and not including `end`, in epoch milliseconds. */
  | { readonly every: 'tournament'; readonly id: string; readonly start: number; readonly end: number }
  | { readonly every: 'all-time' };

/** A piece of time that is ranked by itself: from `start` up to and not including `end`, in epoch milliseconds. */
export interface TimeWindow {
  /** The first day of it, such as `2026-03-23`; the id of the tournament; `all-time`. Sorts in the order of time. */
  readonly key: string;
  /** Null where it has no beginning. */
  readonly start: number | null;
  /** Null where it has no end. */
  readonly end: number | null;
}

/**
 * The window that a moment lies in; undefined outside a tournament. A day is as long as it is in its zone, 23 or 25 hours
 * where the clocks change.
 *
 * @param at epoch milliseconds
 * @throws BoardError WINDOW_INVALID
 */
export function windowAt(windowing: Windowing, at: number): TimeWindow | undefined {
  assertWindowing(windowing);
  if (!Number.isSafeInteger(at) || at < TIME_MIN || at >= TIME_MAX) {
    const message = `A moment is whole epoch milliseconds of the years 1900 to 9998, got ${at}`;
    throw new BoardError('WINDOW_INVALID', message, at);
  }
  if (windowing.every === 'all-time') return { key: 'all-time', start: null, end: null };
  if (windowing.every === 'tournament') {
    const { id, start, end } = windowing;
    return at >= start && at < end ? { key: id, start, end } : undefined;
  }
  const day = localDay(at, windowing.timeZone);
  const window = calendarWindow(windowing, day);
  // Clocks that go back over midnight show the day before again; the window that has begun goes on.
  return at < window.end ? window : calendarWindow(windowing, nextDay(windowing, firstDay(windowing, day), 1));
}

/**
 * The window before or after another of the same windowing: what was played last week. Undefined where there is none.
 *
 * @param step how many windows on; negative goes back
 * @throws BoardError WINDOW_INVALID for a key that the windowing does not have
 */
export function windowBeside(windowing: Windowing, key: string, step: number): TimeWindow | undefined {
  assertWindowing(windowing);
  if (!('timeZone' in windowing)) return undefined;
  const day = Date.parse(`${key}T00:00:00Z`) / 86_400_000;
  if (!Number.isInteger(day) || isoDay(day) !== key || firstDay(windowing, day) !== day) {
    throw new BoardError('WINDOW_INVALID', `No ${windowing.every} starts with ${JSON.stringify(key)}`, key);
  }
  return calendarWindow(windowing, nextDay(windowing, day, step));
}

type Calendar = Extract<Windowing, { timeZone: string }>;

/** Years keep four digits, so keys sort as time does. */
const TIME_MIN = Date.UTC(1900, 0, 1);
const TIME_MAX = Date.UTC(9999, 0, 1);

function calendarWindow(windowing: Calendar, day: Day): TimeWindow & { readonly end: number } {
  const first = firstDay(windowing, day);
  const start = startOfDay(first, windowing.timeZone);
  return { key: isoDay(first), start, end: startOfDay(nextDay(windowing, first, 1), windowing.timeZone) };
}

function firstDay(windowing: Calendar, day: Day): Day {
  if (windowing.every === 'day') return day;
  // Day 0, 1970-01-01, was a Thursday: 4.
  if (windowing.every === 'week') return day - modulo(day + 4 - (windowing.weekStart ?? 1), 7);
  return day - new Date(day * 86_400_000).getUTCDate() + 1;
}

function nextDay(windowing: Calendar, first: Day, step: number): Day {
  if (windowing.every === 'day') return first + step;
  if (windowing.every === 'week') return first + 7 * step;
  const date = new Date(first * 86_400_000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + step, 1) / 86_400_000;
}

function assertWindowing(windowing: Windowing): void {
  const invalid = (message: string): BoardError => new BoardError('WINDOW_INVALID', message, windowing);
  if (!['day', 'week', 'month', 'tournament', 'all-time'].includes(windowing.every)) {
    throw invalid(`A window is a day, week, month, tournament or all-time, got ${String(windowing.every)}`);
  }
  if (windowing.every === 'week') {
    const { weekStart = 1 } = windowing;
    if (!Number.isInteger(weekStart) || weekStart < 1 || weekStart > 7) {
      throw invalid(`weekStart must be 1 (Monday) to 7 (Sunday), got ${weekStart}`);
    }
  }
  if (windowing.every === 'tournament') {
    const { id, start, end } = windowing;
    const times = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start < end;
    if (typeof id !== 'string' || id === '' || !times) {
      throw invalid('A tournament has an id, and a start before its end in whole epoch milliseconds');
    }
  }
}

const modulo = (a: number, n: number): number => ((a % n) + n) % n;
