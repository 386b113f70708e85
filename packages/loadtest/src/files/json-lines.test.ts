import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonLines } from './json-lines.ts';

const TEXT = `{
  "a": [1,
    { "b": "x\\"}" , "c": 2 },
    []
  ],

  "d": null
}`;

test('knows the line of each value by its key, and of what is missing that of the nearest above', () => {
  const { lineOf } = jsonLines(TEXT);
  expect(lineOf([])).toBe(1);
  expect(lineOf(['a'])).toBe(2);
  expect(lineOf(['a', 0])).toBe(2);
  expect(lineOf(['a', 1, 'b'])).toBe(3);
  expect(lineOf(['a', 1, 'c'])).toBe(3);
  expect(lineOf(['a', 2])).toBe(4);
  expect(lineOf(['d'])).toBe(7);
  expect(lineOf(['a', 1, 'nothing', 'here'])).toBe(3);
  expect(lineOf(['nothing'])).toBe(1);
});

test('finds keys that stand twice, which JSON.parse passes over', () => {
  expect(jsonLines('{"a": 1, "b": {"c": 1, "d": 2, "c": 3}, "\\u0061": 2}').repeated).toEqual([['b', 'c'], ['a']]);
  expect(jsonLines('[{"a": 1}, {"a": 1}]').repeated).toEqual([]);
});

test('whatever JSON says, each value stands on its line', () => {
  const value = fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' });
  fc.assert(
    fc.property(value, (given) => {
      const text = JSON.stringify(given, null, 1);
      const { lineOf, repeated } = jsonLines(text);
      expect(repeated).toEqual([]);
      const lines = text.split('\n');
      const walk = (at: unknown, path: readonly (string | number)[]): void => {
        const line = lines[lineOf(path) - 1] ?? '';
        const last = path.at(-1);
        if (typeof last === 'string') expect(line.trimStart().startsWith(JSON.stringify(last))).toBe(true);
        else if (typeof at !== 'object' || at === null) expect(line).toContain(JSON.stringify(at));
        if (typeof at !== 'object' || at === null) return;
        for (const [key, member] of Object.entries(at)) walk(member, [...path, Array.isArray(at) ? Number(key) : key]);
      };
      walk(given, []);
    }),
  );
});
