import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkJson, fitsUtf8 } from './check-json.ts';
import { DEFAULT_LIMITS, limitsOf } from './limits.ts';
import { anyText } from './testing/any-text.ts';

const wide = limitsOf({ bytes: 10 ** 7, depth: 100, keys: 10 ** 6, text: 10 ** 6 });

test('every object that JSON.parse can make is fine, unless it has what Postgres or a double cannot hold', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ stringUnit: 'grapheme' })), (made) => {
      const value: unknown = JSON.parse(JSON.stringify(made));
      const checked = checkJson(value, wide);
      if (checked.ok) {
        expect(checked.data).toBe(value);
        expect(checked.json).toBe(JSON.stringify(value));
      } else {
        expect(checked.reason.code).toMatch(/^(reserved-key|unsafe-integer|nul)$/);
      }
    }),
  );
});

test('the number of bytes is that of UTF-8', () => {
  fc.assert(
    fc.property(
      anyText.map((text) => text.toWellFormed()),
      (text) => {
        const bytes = Buffer.byteLength(text, 'utf8');
        expect(fitsUtf8(text, bytes)).toBe(true);
        expect(fitsUtf8(text, bytes - 1)).toBe(false);
      },
    ),
  );
});

test.each([
  ['\u007f', 1],
  ['\u0080', 2],
  ['\u07ff', 2],
  ['\u0800', 3],
  ['\uffff', 3],
  ['\u{10000}', 4],
  ['\u{10ffff}', 4],
])('%j has %i bytes', (text, bytes) => {
  expect([fitsUtf8(text, bytes), fitsUtf8(text, bytes - 1)]).toEqual([true, false]);
});

test('each limit holds exactly', () => {
  const codes = (value: unknown, limits: object) => {
    const checked = checkJson(value, { ...DEFAULT_LIMITS, ...limits });
    return checked.ok ? 'ok' : `${checked.reason.code}:${checked.reason.path}`;
  };
  expect([codes({ a: { b: [] } }, { depth: 3 }), codes({ a: { b: [] } }, { depth: 2 })]).toEqual(['ok', 'limit:depth']);
  expect([codes({ a: [1, 2] }, { keys: 3 }), codes({ a: [1, 2] }, { keys: 2 })]).toEqual(['ok', 'limit:keys']);
  expect([
    codes({ abc: 'abc' }, { text: 3 }),
    codes({ abc: 'abcd' }, { text: 3 }),
    codes({ abcd: '' }, { text: 3 }),
  ]).toEqual(['ok', 'limit:text', 'limit:text']);
  expect([codes({ a: 'é' }, { bytes: 10 }), codes({ a: 'é' }, { bytes: 9 })]).toEqual(['ok', 'limit:bytes']);
});

test.each([
  ['x\0y', 'nul'],
  ['h\ud800', 'lone-surrogate'],
])(
  'a key that Postgres cannot hold is refused even where its member is undefined and is not in the JSON: %j',
  (key, code) => {
    expect(checkJson({ fine: { [key]: undefined } }, DEFAULT_LIMITS)).toMatchObject({ ok: false, reason: { code } });
  },
);
