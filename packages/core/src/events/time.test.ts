import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTime } from './time.ts';

describe('the examples of RFC 3339, section 5.8', () => {
  test.each([
    ['1985-04-12T23:20:50.52Z', Date.UTC(1985, 3, 12, 23, 20, 50, 520)],
    ['1996-12-19T16:39:57-08:00', Date.UTC(1996, 11, 20, 0, 39, 57)],
    ['1990-12-31T23:59:60Z', Date.UTC(1991, 0, 1)],
    ['1990-12-31T15:59:60-08:00', Date.UTC(1991, 0, 1)],
    ['1937-01-01T12:00:27.87+00:20', Date.UTC(1937, 0, 1, 11, 40, 27, 870)],
  ])('%s', (text, time) => expect(parseTime(text)).toBe(time));
});

test.each([
  '',
  '2026-06-11',
  '2026-06-11T19:00Z',
  '2026-06-11T19:00:00',
  '2026-06-11T24:00:00Z',
  '2026-06-11T19:60:00Z',
  '2026-06-11T19:00:61Z',
  '2026-13-11T19:00:00Z',
  '2026-06-31T19:00:00Z',
  '2026-02-29T19:00:00Z',
  '1900-02-29T19:00:00Z',
  '0050-01-01T00:00:00Z',
  '2026-06-11T19:00:00+24:00',
  '2026-06-11T19:00:00.Z',
  '+002026-06-11T19:00:00Z',
  ' 2026-06-11T19:00:00Z',
  '2026-06-11T19:00:00Z\n',
  `2026-06-11T19:00:00.${'1'.repeat(100_000)}Z`,
])('%j is no time', (text) => expect(parseTime(text)).toBeUndefined());

test.each(['2024-02-29T00:00:00Z', '2000-02-29T00:00:00Z', '2026-06-11t19:00:00z', '2026-06-11T19:00:00.1234567Z'])(
  '%s is one',
  (text) => expect(parseTime(text)).toBeDefined(),
);

test('every time comes back from what it is written as, with any offset and number of digits', () => {
  const times = fc.integer({ min: Date.UTC(1000, 0), max: Date.UTC(9990, 0) });
  fc.assert(
    fc.property(
      times,
      fc.integer({ min: -1439, max: 1439 }),
      fc.stringMatching(/^\d{0,6}$/),
      (time, minutes, digits) => {
        const local = new Date(time + minutes * 60_000).toISOString().slice(0, -1);
        const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
        const zone = `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
        expect(parseTime(`${local}${digits}${zone}`)).toBe(time);
      },
    ),
  );
});

test.each(['9999-12-31T23:59:59-23:59', '9999-12-31T23:59:60Z', '0100-01-01T00:00:00+23:59'])(
  '%s, which its offset or leap second takes to a year that cannot be read again, is no time',
  (text) => expect(parseTime(text)).toBeUndefined(),
);
