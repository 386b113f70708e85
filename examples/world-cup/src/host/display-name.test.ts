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
  ['\u26BD'.repeat(50), '\u26BD'.repeat(40)],
])('keeps of %j: %j', (typed, kept) => {
  expect(displayName(typed)).toBe(kept);
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
