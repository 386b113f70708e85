import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventParser } from './event-parser.ts';
import { reasonText } from './reason.ts';
import { anyText } from './testing/any-text.ts';
import { appLaunched, game, gameEnded, NOW } from './testing/game.ts';

const parser = eventParser({ types: [gameEnded, appLaunched] });
const reason = (input: unknown): string => {
  const parsed = parser.parse(input, NOW);
  return parsed.status === 'rejected' ? reasonText(parsed.reason) : parsed.status;
};
const nested = (depth: number): unknown => Array.from({ length: depth - 1 }).reduce<unknown>((inner) => [inner], []);

describe('an event that is refused says by which rule and where', () => {
  test.each<[string, unknown, string]>([
    ['null', null, 'not-object'],
    ['a number', 7, 'not-object'],
    ['a text', '{}', 'not-object'],
    ['a list in a list', [[]], 'not-object'],
    ['a Date', new Date(0), 'not-object'],
    ['a function', () => 0, 'not-object'],
    ['no id', game({}, { id: undefined }), 'missing:id'],
    ['an empty id', game({}, { id: '' }), 'malformed:id'],
    ['an id that is a number', game({}, { id: 7 }), 'wrong-type:id'],
    ['an id with NUL', game({}, { id: 'a\0b' }), 'nul:id'],
    ['an id with half a surrogate pair', game({}, { id: '\ud800' }), 'lone-surrogate:id'],
    ['an id with a line break', game({}, { id: 'a\nb' }), 'malformed:id'],
    ['an id of 256 characters', game({}, { id: 'x'.repeat(256) }), 'limit:attribute'],
    ['no type', game({}, { type: null }), 'missing:type'],
    ['a type nobody knows', game({}, { type: 'gone' }), 'unknown-type:type'],
    ['the type __proto__', game({}, { type: '__proto__' }), 'unknown-type:type'],
    ['the type constructor', game({}, { type: 'constructor' }), 'unknown-type:type'],
    ['another specversion', game({}, { specversion: '0.3' }), 'unsupported:specversion'],
    ['a time that is a number', game({}, { time: NOW }), 'wrong-type:time'],
    ['a time without a zone', game({}, { time: '2026-06-11T18:59:00' }), 'malformed:time'],
    ['the 30th of February', game({}, { time: '2026-02-30T00:00:00Z' }), 'malformed:time'],
    ['an attribute in capitals', game({}, { userId: 'ann' }), 'malformed:userId'],
    ['an attribute that is an object', game({}, { extra: {} }), 'wrong-type:extra'],
    ['an attribute of its own with NUL', game({}, { extra: 'a\0' }), 'nul:extra'],
    ['an attribute that is no whole number', game({}, { extra: 0.5 }), 'wrong-type:extra'],
    [
      'an own attribute __proto__',
      JSON.parse('{"id":"1","source":"/a","type":"game_ended","__proto__":1}'),
      'malformed:__proto__',
    ],
    [
      '17 attributes of its own',
      game({}, Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`x${i}`, i]))),
      'limit:extensions',
    ],
    ['data that is a list', game({}, { data: [] }), 'not-object:data'],
    ['data that is an instance of a class', game({}, { data: new Map() }), 'not-object:data'],
    ['a field of another type', game({ score: '12' }), 'schema:data.score'],
    ['a text with NUL, deep inside', game({ a: [{ b: 'x\0' }] }), 'nul:data.a[].b'],
    ['half a surrogate pair', game({ a: 'x\udfff' }), 'lone-surrogate:data.a'],
    ['a key with half a surrogate pair', game({ 'x\ud800': 1 }), 'lone-surrogate:data.x\ufffd'],
    ['__proto__', game(JSON.parse('{"a":{"__proto__":{"isAdmin":true}}}')), 'reserved-key:data.a.__proto__'],
    ['constructor.prototype', game({ constructor: { prototype: {} } }), 'reserved-key:data.constructor'],
    [
      '2^53, as JSON.parse makes it of 2^53 + 1',
      game(JSON.parse('{"big":9007199254740993}')),
      'unsafe-integer:data.big',
    ],
    ['-2^53', game({ big: -(2 ** 53) }), 'unsafe-integer:data.big'],
    ['NaN', game({ a: Number.NaN }), 'not-json:data.a'],
    ['infinity', game({ a: 1 / 0 }), 'not-json:data.a'],
    ['a bigint', game({ a: 1n }), 'not-json:data.a'],
    ['a Date inside', game({ a: new Date(0) }), 'not-json:data.a'],
    ['a hole in a list', game({ a: Array(1) }), 'not-json:data.a[]'],
    [
      'a getter that throws',
      game(
        {},
        {
          data: {
            get a() {
              throw new Error('private');
            },
          },
        },
      ),
      'not-json:data',
    ],
    ['17 levels', game({ a: nested(16) }), 'limit:depth'],
    ['depth 1000', game({ a: nested(1000) }), 'limit:depth'],
    [
      'more than 1000 keys',
      game(Object.fromEntries(Array.from({ length: 998 }, (_, i) => [`k${i}`, i]))),
      'limit:keys',
    ],
    ['more than 1000 elements', game({ a: Array.from({ length: 997 }, () => 0) }), 'limit:keys'],
    ['a text of more than 16 Ki', game({ a: 'x'.repeat(16 * 1024 + 1) }), 'limit:text'],
    ['more than 64 KiB', game({ a: ['é'.repeat(16_000), 'é'.repeat(16_000), 'é'.repeat(1_000)] }), 'limit:bytes'],
  ])('%s', (_, input, expected) => expect(reason(input)).toBe(expected));

  test('a cycle', () => {
    const data: Record<string, unknown> = { user_id: 'ann' };
    data['self'] = data;
    expect(reason(game({}, { data }))).toBe('limit:depth');
  });

  test('and the message of a limit names the limit, its value and the option', () => {
    const parsed = eventParser({ types: [gameEnded], limits: { depth: 3 } }).parse(game({ a: [[[]]] }), NOW);
    expect(parsed).toMatchObject({
      status: 'rejected',
      id: 'run-1',
      reason: { code: 'limit', path: 'depth', message: 'data.a[0][0] is nested deeper than 3 (limits.depth).' },
    });
  });
});

describe('what only looks dangerous is kept', () => {
  test.each<[string, object]>([
    ['a constructor of motor racing', { constructor: 'Lotus' }],
    ['a field called prototype', { prototype: 1 }],
    ['2^53 - 1', { big: 2 ** 53 - 1 }],
    ['a fraction', { a: 0.1 }],
    ['an emoji', { a: '😀' }],
    ['16 levels', { a: nested(15) }],
    ['1000 keys', Object.fromEntries(Array.from({ length: 997 }, (_, i) => [`k${i}`, i]))],
    ['a field that is undefined', { a: undefined }],
  ])('%s', (_, data) => expect(reason(game(data))).toBe('accepted'));
});

describe('a request', () => {
  const texts = (text: string) =>
    parser
      .parseText(text, NOW)
      .map((parsed) => (parsed.status === 'rejected' ? reasonText(parsed.reason) : parsed.status));

  test('that is no JSON is one refusal', () => {
    expect(texts('')).toEqual(['not-json']);
    expect(texts('{"id":')).toEqual(['not-json']);
  });

  test('of 10 MB is one refusal, before it is parsed', () => {
    expect(texts(`"${'x'.repeat(10 * 2 ** 20)}`)).toEqual(['limit:requestBytes']);
  });

  test('of 100 000 events keeps the first 10 000 and answers every other', { timeout: 60_000 }, () => {
    const events = Array.from({ length: 100_000 }, (_, i) => game({}, { id: `run-${i}` }));
    const answers = parser.parseBatch(events, NOW);
    expect(answers).toHaveLength(100_000);
    expect(answers.slice(0, 10_000).every(({ status }) => status === 'accepted')).toBe(true);
    expect(
      new Set(answers.slice(10_000).map((answer) => answer.status === 'rejected' && reasonText(answer.reason))),
    ).toEqual(new Set(['limit:events']));
    expect(answers.at(-1)).toMatchObject({ id: 'run-99999' });
  });

  test('with every kind of fault keeps the good ones among them', () => {
    const mixed = [
      game({}, { id: 'a' }),
      null,
      game({ big: 2 ** 60 }),
      game({ a: nested(1000) }),
      game({}, { id: 'b' }),
    ];
    expect(parser.parseBatch(mixed, NOW).map(({ status }) => status)).toEqual([
      'accepted',
      'rejected',
      'rejected',
      'rejected',
      'accepted',
    ]);
  });
});

describe('whatever comes in', { timeout: 60_000 }, () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
  });
  const nearly = fc.record(
    {
      id: fc.oneof(anyText, anything),
      source: fc.oneof(fc.string(), anything),
      type: fc.oneof(fc.constantFrom('game_ended', 'app_launched'), anything),
      subject: fc.oneof(anyText, anything),
      time: fc.oneof(fc.constant('2026-06-11T18:59:00Z'), anything),
      data: fc.oneof(fc.dictionary(anyText, anything), anything),
    },
    { requiredKeys: [] },
  );

  test('has one answer each, that JSON and Postgres can hold, and no prototype is changed', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anything, nearly)), (inputs) => {
        const answers = parser.parseBatch(inputs, NOW);
        expect(answers).toHaveLength(inputs.length);
        const text = JSON.stringify(answers);
        expect(text.isWellFormed() && !text.includes('\\u0000') && !/\\ud[89a-f]/i.test(text)).toBe(true);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  });

  test('a text has an answer too', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.json()), (text) => {
        const answers = parser.parseText(text, NOW);
        expect(Array.isArray(answers)).toBe(true);
      }),
    );
  });
});
