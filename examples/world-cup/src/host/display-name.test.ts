import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayName } from './display-name.ts';

test.each([
  ['Zoë O’Brien', 'Zoë O’Brien'],
  ["Robert'); drop table forecast;--", "Robert'); drop table forecast;--"],
  ['nul\0byte', 'nul byte'],
  ['half \uD83D pair', 'half \uFFFD pair'],
  ['clear \u001B[2J the screen', 'clear [2J the screen'],
  ['   ', 'Anonymous'],
  ['\u0000', 'Anonymous'],
  [`A${'\u26BD'.repeat(50)}`, `A${'\u26BD'.repeat(39)}`],
  ['\u26BD', 'Anonymous'],
  ['می\u200Cخواهم', 'می\u200Cخواهم'],
  ['Zo\u200B\u00ADë \u202EO’Brien\u2066', 'Zoë O’Brien'],
])('keeps of %j: %j', (typed, kept) => {
  expect(displayName(typed)).toBe(kept);
});

test.each([
  '\u200B',
  '\u200C\u200D',
  '\u2060\uFEFF',
  '\u202E',
  '\u3164',
  '\u115F\u1160',
  '\u2800',
  '\u{E0041}',
  '\uFE0F',
])('a name of invisible characters is none: %j', (typed) => {
  expect(displayName(typed)).toBe('Anonymous');
});

test('whatever is typed, what is kept can be stored, printed on one line, and is kept again as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (typed) => {
      const kept = displayName(typed);
      expect(kept).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      expect([...kept].length).toBeGreaterThan(0);
      expect(displayName(kept).trim()).toBe(kept.trim());
    }),
  );
});
