import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Windowing, windowAt, windowBeside } from './window.ts';

const iso = (at: number | null | undefined): string => new Date(at ?? Number.NaN).toISOString().slice(0, 16);
const hour = 3_600_000;
const at = (moment: string): number => Date.parse(moment);

describe('calendar windows', () => {
  // The moments when clocks change are those of the IANA time zone database, 2025b.
  test.each([
    ['Europe/Berlin', '2026-03-29T12:00Z', '2026-03-29', '2026-03-28T23:00', '2026-03-29T22:00'],
    ['Europe/Berlin', '2026-10-25T12:00Z', '2026-10-25', '2026-10-24T22:00', '2026-10-25T23:00'],
    ['America/New_York', '2026-03-08T12:00Z', '2026-03-08', '2026-03-08T05:00', '2026-03-09T04:00'],
    ['Asia/Kolkata', '2026-03-08T18:29Z', '2026-03-08', '2026-03-07T18:30', '2026-03-08T18:30'],
    ['Australia/Lord_Howe', '2026-04-05T03:00Z', '2026-04-05', '2026-04-04T13:00', '2026-04-05T13:30'],
    ['Pacific/Kiritimati', '2026-01-01T00:00Z', '2026-01-01', '2025-12-31T10:00', '2026-01-01T10:00'],
    // Clocks went from 23:59 to 01:00: the day had no midnight.
    ['America/Sao_Paulo', '2018-11-04T12:00Z', '2018-11-04', '2018-11-04T03:00', '2018-11-05T02:00'],
    // Clocks go from 00:59 back to 00:00: the day has midnight twice, and starts with the first.
    ['America/Havana', '2026-11-01T12:00Z', '2026-11-01', '2026-11-01T04:00', '2026-11-02T05:00'],
    // Samoa left out 2011-12-30.
    ['Pacific/Apia', '2011-12-30T09:59Z', '2011-12-29', '2011-12-29T10:00', '2011-12-30T10:00'],
    ['Pacific/Apia', '2011-12-30T10:00Z', '2011-12-31', '2011-12-30T10:00', '2011-12-31T10:00'],
    // Clocks went from 00:00:59 back to 23:01 of the day before: the day that had begun went on.
    ['America/St_Johns', '2010-11-07T02:31Z', '2010-11-07', '2010-11-07T02:30', '2010-11-08T03:30'],
    ['America/St_Johns', '2010-11-07T03:00Z', '2010-11-07', '2010-11-07T02:30', '2010-11-08T03:30'],
  ])('a day in %s at %s is %s, from %s to %s', (timeZone, moment, key, start, end) => {
    const window = windowAt({ every: 'day', timeZone }, at(moment));
    expect([window?.key, iso(window?.start), iso(window?.end)]).toEqual([key, start, end]);
  });

  test.each([
    [1, '2026-03-23', '2026-03-22T23:00', 167],
    [7, '2026-03-29', '2026-03-28T23:00', 167],
    [6, '2026-03-28', '2026-03-27T23:00', 167],
  ])(
    'a week that starts on day %i holds 2026-03-29 in Berlin, starts %s and has its short day',
    (weekStart, key, start, hours) => {
      const window = windowAt({ every: 'week', timeZone: 'Europe/Berlin', weekStart }, at('2026-03-29T10:00Z'));
      expect([window?.key, iso(window?.start)]).toEqual([key, start]);
      expect(((window?.end ?? 0) - (window?.start ?? 0)) / hour).toBe(hours);
    },
  );

  test('a month in Berlin starts and ends at its midnights, in winter and summer time', () => {
    const march = windowAt({ every: 'month', timeZone: 'Europe/Berlin' }, at('2026-03-31T21:59Z'));
    expect([march?.key, iso(march?.start), iso(march?.end)]).toEqual([
      '2026-03-01',
      '2026-02-28T23:00',
      '2026-03-31T22:00',
    ]);
  });

  test('the same moment is in different days of different zones', () => {
    const moment = at('2026-06-11T23:30Z');
    const day = (timeZone: string) => windowAt({ every: 'day', timeZone }, moment)?.key;
    expect([day('America/Mexico_City'), day('Europe/Berlin')]).toEqual(['2026-06-11', '2026-06-12']);
  });

  test('windows follow each other without a gap or an overlap, in every zone', { timeout: 60_000 }, () => {
    const zones = Intl.supportedValuesOf('timeZone');
    const windowings = fc
      .tuple(fc.constantFrom(...zones), fc.integer({ min: 1, max: 7 }))
      .chain(([timeZone, weekStart]) =>
        fc.constantFrom<Windowing[]>(
          { every: 'day', timeZone },
          { every: 'week', timeZone, weekStart },
          { every: 'month', timeZone },
        ),
      );
    // Before 2012 clocks in Newfoundland and Labrador went back over midnight, into the day before.
    const moments = fc.integer({ min: at('2012-01-01T00:00Z'), max: at('2037-01-01T00:00Z') });
    fc.assert(
      fc.property(windowings, moments, (windowing, moment) => {
        const window = windowAt(windowing, moment);
        if (window?.start == null || window.end === null) throw new Error('a calendar window has a start and an end');
        expect(window.start <= moment && moment < window.end).toBe(true);
        expect(windowAt(windowing, window.start)).toEqual(window);
        expect(windowAt(windowing, window.end - 1)).toEqual(window);
        const next = windowBeside(windowing, window.key, 1);
        expect(next?.start).toBe(window.end);
        expect(windowBeside(windowing, next?.key ?? '', -1)).toEqual(window);
      }),
      { numRuns: 60 },
    );
  });
});

test('a tournament is one window, and outside it there is none', () => {
  const windowing: Windowing = { every: 'tournament', id: 'spring', start: 10, end: 20 };
  expect(windowAt(windowing, 10)).toEqual({ key: 'spring', start: 10, end: 20 });
  expect([windowAt(windowing, 9), windowAt(windowing, 20), windowBeside(windowing, 'spring', 1)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('all time is one window without beginning and end', () => {
  expect(windowAt({ every: 'all-time' }, 0)).toEqual({ key: 'all-time', start: null, end: null });
});

test.each([
  ['an unknown zone', () => windowAt({ every: 'day', timeZone: 'Mars/Olympus' }, 0)],
  ['a week that starts on day 8', () => windowAt({ every: 'week', timeZone: 'UTC', weekStart: 8 }, 0)],
  ['a tournament that ends before it starts', () => windowAt({ every: 'tournament', id: 'x', start: 2, end: 1 }, 0)],
  ['a moment that is no time', () => windowAt({ every: 'all-time' }, Number.NaN)],
  ['a week from a Tuesday', () => windowBeside({ every: 'week', timeZone: 'UTC' }, '2026-03-24', 1)],
  ['a day that the calendar does not have', () => windowBeside({ every: 'day', timeZone: 'UTC' }, '2026-02-30', 1)],
])('%s is refused', (_, call) => {
  expect(call).toThrow(expect.objectContaining({ code: 'WINDOW_INVALID' }));
});
