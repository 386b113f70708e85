import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BYTES_DEFAULT, checkPayload, DEPTH_MAX } from './payload.ts';

const check = (payload: unknown): unknown => {
  const checked = checkPayload(payload, BYTES_DEFAULT);
  return 'reason' in checked ? checked.reason : checked.value;
};

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

test.each([
  ['a BigInt', { n: 10n }, 'not_json'],
  ['a Date', { at: new Date(0) }, 'not_json'],
  ['NaN', [Number.NaN], 'not_json'],
  ['Infinity, as which 1e400 is read', JSON.parse('[1e400]'), 'not_json'],
  ['a function', () => 1, 'not_json'],
  ['a symbol', Symbol('s'), 'not_json'],
  ['nothing at all', undefined, 'not_json'],
  ['a hole in an array', [undefined], 'not_json'],
  ['a Map', new Map(), 'not_json'],
  ['an instance of a class', new (class Money {})(), 'not_json'],
  ['a NUL', { text: 'a\0b' }, 'ill_formed_text'],
  ['a lone surrogate', ['\ud800'], 'ill_formed_text'],
  ['a NUL in a key', { 'a\0b': 1 }, 'ill_formed_text'],
  ['an own __proto__', JSON.parse('{"a":{"__proto__":{"admin":true}}}'), 'forbidden_key'],
  ['an own constructor', JSON.parse('{"constructor":1}'), 'forbidden_key'],
  ['a depth of 1000', nested(1000), 'too_deep'],
  ['10 MB', 'x'.repeat(10_000_000), 'too_large'],
  ['an array of ten million', Array.from({ length: 10_000_000 }), 'too_large'],
  ['a key of 10 MB', { ['x'.repeat(10_000_000)]: 1 }, 'too_large'],
  [
    'a getter that throws',
    {
      get a() {
        throw new Error('gotcha');
      },
    },
    'not_json',
  ],
  [
    'a proxy that throws',
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('gotcha');
        },
      },
    ),
    'not_json',
  ],
])('%s cannot be stored', (_, payload, reason) => {
  expect(check(payload)).toBe(reason);
});

test('a cycle ends at the greatest depth', () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  expect(check(cycle)).toBe('too_deep');
});

test(`a depth of ${DEPTH_MAX} can be stored`, () => {
  expect(check(nested(DEPTH_MAX))).toEqual(nested(DEPTH_MAX));
});

test('the place of a fault is a JSON pointer that shows names and hides what may be data', () => {
  expect(checkPayload({ list: [0, { 'ann@example.org': 1n }] }, 100)).toEqual({ reason: 'not_json', at: '/list/1/*' });
});

test('whatever JSON can say comes back as it was, up to the limit of bytes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify(value);
      const sound =
        text.isWellFormed() && !text.includes('\\u0000') && !/"(__proto__|constructor|prototype)":/.test(text);
      fc.pre(sound && !/\\ud[89a-f]/i.test(text));
      const bytes = Buffer.byteLength(text);
      expect(checkPayload(value, Math.max(bytes, text.length))).toMatchObject({ text });
      expect(checkPayload(value, bytes - 1)).toMatchObject({ reason: expect.any(String) });
    }),
  );
});

test('what a caller changes after the check is not stored', () => {
  const payload = { n: 1 };
  const checked = checkPayload(payload, 100);
  payload.n = 2;
  expect(checked).toMatchObject({ value: { n: 1 } });
});
