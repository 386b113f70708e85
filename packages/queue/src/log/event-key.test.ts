import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventKey } from './event-key.ts';

const V7 = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f'; // RFC 9562, appendix A.6: 2022-02-22T19:22:22.000Z

test('a UUID from the log itself is its own key, and version 7 says when', () => {
  expect(eventKey(V7, undefined)).toEqual({ key: V7, isId: true, time: Date.UTC(2022, 1, 22, 19, 22, 22) });
  const v4 = '919108f7-52d1-4320-9bac-f847db4148a8';
  expect(eventKey(v4, undefined)).toEqual({ key: v4, isId: true, time: undefined });
});

test('a key is a UUID, and time-ordered ids keep their time in it whatever their source', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.uuid()), fc.option(fc.string(), { nil: undefined }), (id, source) => {
      expect(eventKey(id, source).key).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
      expect(eventKey(id, source)).toEqual(eventKey(id, source));
    }),
  );
  expect(eventKey(V7, 'phone').key.slice(0, 13)).toBe(V7.slice(0, 13));
  expect(eventKey(V7, 'phone').time).toBe(eventKey(V7, undefined).time);
});

test('source and id identify an event together, and no two pairs read alike', () => {
  const pairs = [
    ['a', undefined],
    ['a', ''],
    ['a', 'b'],
    ['ba', ''],
    ['', 'ba'],
    [V7, 'a'],
    [V7, undefined],
    [V7.toUpperCase(), undefined],
  ] as const;
  expect(new Set(pairs.map(([id, source]) => eventKey(id, source).key)).size).toBe(pairs.length);
  const made = eventKey('a', undefined).key;
  expect(eventKey(made, undefined).key).not.toBe(made);
});
