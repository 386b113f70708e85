import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hoppingWindows, type TumblingOptions, tumblingWindows } from './windows.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const iso = ({ start, end }: { start: number; end: number }): string =>
  `${new Date(start).toISOString()} ${new Date(end).toISOString()}`.replaceAll(':00.000Z', 'Z');
const at = (options: TumblingOptions, time: string): string => iso(tumblingWindows(options)(Date.parse(time)));

describe('windows of the calendar', () => {
  test('a day, a week from Monday and a month, in UTC', () => {
    const time = '2026-06-14T19:30:00Z'; // A Sunday.
    expect(at({ every: 'day' }, time)).toBe('2026-06-14T00:00Z 2026-06-15T00:00Z');
    expect(at({ every: 'week' }, time)).toBe('2026-06-08T00:00Z 2026-06-15T00:00Z');
    expect(at({ every: 'month' }, time)).toBe('2026-06-01T00:00Z 2026-07-01T00:00Z');
  });

  test('begin later by the shift on the local clock: days at five, weeks on Sunday', () => {
    expect(at({ every: 'day', shift: 5 * HOUR }, '2026-06-14T04:59:59Z')).toBe('2026-06-13T05:00Z 2026-06-14T05:00Z');
    expect(at({ every: 'week', shift: -DAY }, '2026-06-14T00:00:00Z')).toBe('2026-06-14T00:00Z 2026-06-21T00:00Z');
    expect(at({ every: 'day', shift: 5 * HOUR, timeZone: 'America/New_York' }, '2026-03-08T12:00:00Z')).toBe(
      '2026-03-08T09:00Z 2026-03-09T09:00Z',
    );
  });

  test('last 23 or 25 hours when the clocks change', () => {
    const berlin = { every: 'day', timeZone: 'Europe/Berlin' } as const;
    expect(at(berlin, '2026-03-29T12:00:00Z')).toBe('2026-03-28T23:00Z 2026-03-29T22:00Z');
    expect(at(berlin, '2026-10-25T12:00:00Z')).toBe('2026-10-24T22:00Z 2026-10-25T23:00Z');
  });

  test('begin where the clocks go on to when they skip midnight: Beirut, 26 March 2022', () => {
    expect(at({ every: 'day', timeZone: 'Asia/Beirut' }, '2022-03-27T12:00:00Z')).toBe(
      '2022-03-26T22:00Z 2022-03-27T21:00Z',
    );
  });

  test('begin at the first midnight when the clocks show two: Havana, 2 November 2025', () => {
    expect(at({ every: 'day', timeZone: 'America/Havana' }, '2025-11-02T12:00:00Z')).toBe(
      '2025-11-02T04:00Z 2025-11-03T05:00Z',
    );
  });

  test("have no window for a day that never was: Samoa's 30 December 2011", () => {
    const apia = { every: 'day', timeZone: 'Pacific/Apia' } as const;
    expect(at(apia, '2011-12-30T09:59:59Z')).toBe('2011-12-29T10:00Z 2011-12-30T10:00Z');
    expect(at(apia, '2011-12-30T10:00:00Z')).toBe('2011-12-30T10:00Z 2011-12-31T10:00Z');
  });

  test("go on when the clocks go back over midnight: St John's, 2006", () => {
    // At 00:01 of 29 October the clocks went back to 23:01 of the 28th.
    const johns = { every: 'day', timeZone: 'America/St_Johns' } as const;
    expect(at(johns, '2006-10-29T02:45:00Z')).toBe('2006-10-29T02:30Z 2006-10-30T03:30Z');
  });
});

const zone = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/St_Johns',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'Africa/Cairo',
  'Australia/Lord_Howe',
);
const time = fc.integer({ min: Date.UTC(1960, 0), max: Date.UTC(2060, 0) });
const options: fc.Arbitrary<TumblingOptions> = fc.oneof(
  fc.record({
    every: fc.constantFrom<('day' | 'week' | 'month')[]>('day', 'week', 'month'),
    timeZone: zone,
    shift: fc.integer({ min: -2 * DAY, max: 2 * DAY }),
  }),
  fc.record({ every: fc.integer({ min: 1, max: 40 * DAY }), shift: fc.integer({ min: -DAY, max: DAY }) }),
);

describe('laws of windows', { timeout: 60_000 }, () => {
  test('each time is in its window; the next begins where it ends; its edges are in the right ones', () => {
    fc.assert(
      fc.property(options, time, (given, moment) => {
        const windows = tumblingWindows(given);
        const window = windows(moment);
        expect(window.start <= moment && moment < window.end).toBe(true);
        expect(windows(window.start)).toEqual(window);
        expect(windows(window.end - 1)).toEqual(window);
        expect(windows(window.end).start).toBe(window.end);
        expect(tumblingWindows(given)(moment)).toEqual(window);
      }),
    );
  });

  test('a time is in as many hopping windows as they last hops, and each is made of that many', () => {
    fc.assert(
      fc.property(options, time, fc.integer({ min: 1, max: 8 }), (given, moment, lasting) => {
        const windows = hoppingWindows({ ...given, lasting })(moment);
        expect(windows).toHaveLength(lasting);
        for (const window of windows) expect(window.start <= moment && moment < window.end).toBe(true);
        const starts = windows.map(({ start }) => start);
        expect(starts).toEqual([...starts].sort((a, b) => a - b));
        const [first] = hoppingWindows({ ...given, lasting: 1 })(moment);
        expect(windows.at(-1)?.start).toBe(first?.start);
        expect(windows[0]?.end).toBe(first?.end);
      }),
    );
  });
});

test('ten minutes, a new one every five', () => {
  const windows = hoppingWindows({ every: 5 * 60_000, lasting: 2 })(Date.parse('2026-06-11T19:07:00Z'));
  expect(windows.map(iso)).toEqual(['2026-06-11T19:00Z 2026-06-11T19:10Z', '2026-06-11T19:05Z 2026-06-11T19:15Z']);
});

describe('what is refused', () => {
  const invalid = expect.objectContaining({ code: 'DEFINITION_INVALID' });
  test.each<[string, object]>([
    ['another calendar', { every: 'year' }],
    ['no span', { every: 0 }],
    ['half a millisecond', { every: 0.5 }],
    ['a time zone nobody knows', { every: 'day', timeZone: 'Europe/Atlantis' }],
    ['elapsed time in a time zone', { every: 1000, timeZone: 'Europe/Berlin' }],
    ['a shift that is no number', { every: 'day', shift: Number.NaN }],
  ])('%s', (_, wrong) => expect(() => tumblingWindows(wrong as TumblingOptions)).toThrow(invalid));

  test('hops that are none, and times beyond the calendar', () => {
    for (const lasting of [0, 1.5, 1001]) {
      expect(() => hoppingWindows({ every: 'day', lasting })).toThrow(invalid);
    }
    expect(hoppingWindows({ every: 'day', lasting: 1000 })(0)).toHaveLength(1000);
    for (const moment of [Number.NaN, 1e300, Date.UTC(9999, 0), -1e14]) {
      expect(() => tumblingWindows({ every: 'day' })(moment)).toThrow(invalid);
    }
  });
});
