import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columns, count, duration, pad, plural, wrap } from './text.ts';

test('sets thousands apart', () => {
  expect([0, 999, 1000, 50_000, 1_234_567].map(count)).toEqual([
    '0',
    '999',
    '1\u00A0000',
    '50\u00A0000',
    '1\u00A0234\u00A0567',
  ]);
});

test('says durations in the unit that fits', () => {
  expect([0, 84.4, 1000, 12_340, 119_900, 1_020_000].map(duration)).toEqual([
    '0 ms',
    '84 ms',
    '1.00 s',
    '12.3 s',
    '119.9 s',
    '17 min',
  ]);
});

test('counts one match and three matches', () => {
  expect([plural(1, 'match', 'matches'), plural(3, 'match', 'matches')]).toEqual(['1 match', '3 matches']);
});

test.each([
  ['Zoë', 3],
  ['Zoe\u0308', 3],
  ['\u001B[1mbold\u001B[22m', 4],
  ['⚽️', 2],
  ['中文', 4],
  ['\u{1F468}\u200D\u{1F469}\u200D\u{1F467}', 2],
])('%j takes %i columns', (text, width) => {
  expect(columns(text)).toBe(width);
});

test('what is padded has the width it was given, whatever it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 3, max: 40 }), (text, width) => {
      expect(columns(pad(text, width))).toBe(width);
    }),
  );
});

test('wrapped lines keep every word and stay within the width', () => {
  const text = 'Ana predicted 2-1 and it ended 2-1, so the exact score pays 4 points and nothing else is looked at.';
  const lines = wrap(text, 40);
  expect(lines.every((line) => columns(line) <= 40)).toBe(true);
  expect(lines.map((line) => line.trim()).join(' ')).toBe(text);
});
