import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seal, unseal } from './seal.ts';

const key = randomBytes(32);
const keys = new Map([
  ['ann', key],
  ['bob', randomBytes(32)],
  ['gone', null],
]);
const open = (subject: string, place: string, sealed: string): unknown =>
  unseal(keys, subject, place, JSON.parse(sealed));

test('what was sealed is opened as it was, and the same thing is sealed to the same text', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (data, place) => {
      const plain: unknown = JSON.parse(JSON.stringify(data));
      const sealed = seal(keys, 'ann', place, plain);
      expect(open('ann', place, sealed)).toEqual(plain);
      expect(seal(keys, 'ann', place, plain)).toBe(sealed);
    }),
  );
});

test('the order of keys does not show, and another place, subject or datum is sealed to another text', () => {
  const sealed = seal(keys, 'ann', 'p', { a: 1, b: 2 });
  expect(seal(keys, 'ann', 'p', { b: 2, a: 1 })).toBe(sealed);
  const others = [
    seal(keys, 'ann', 'q', { a: 1, b: 2 }),
    seal(keys, 'bob', 'p', { a: 1, b: 2 }),
    seal(keys, 'ann', 'p', { a: 1 }),
  ];
  expect(new Set([sealed, ...others]).size).toBe(4);
});

test('a seal opens for its own key and place only, and not once a byte of it was changed', () => {
  const sealed = seal(keys, 'ann', 'p', { a: 1 });
  expect(() => open('bob', 'p', sealed)).toThrow();
  expect(() => open('ann', 'q', sealed)).toThrow();
  const bytes = Buffer.from(JSON.parse(sealed), 'base64url');
  for (const at of bytes.keys()) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => open('ann', 'p', JSON.stringify(changed.toString('base64url')))).toThrow();
  }
});

test('without its key a seal is opened by nobody, which is no error', () => {
  const sealed = seal(keys, 'ann', 'p', { a: 1 });
  expect(open('gone', 'p', sealed)).toBeUndefined();
  expect(open('never', 'p', sealed)).toBeUndefined();
});
