import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { errorCode } from './error-code.ts';

test('of an error its code is told, else the name of its class', () => {
  expect(errorCode(Object.assign(new Error('row of bob'), { code: '23505' }))).toBe('23505');
  expect(errorCode(Object.assign(new Error('to db:5432'), { code: 'ECONNREFUSED' }))).toBe('ECONNREFUSED');
  expect(errorCode(new RangeError('secret'))).toBe('RangeError');
  expect(errorCode({ code: 'a code with a secret: hunter2' })).toBe('_OTHER');
});

test('whatever is thrown, what is told of it is a short word', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.anything(),
        fc.string().map((text) => new Error(text)),
        fc.record({ code: fc.string() }),
      ),
      (thrown) => {
        expect(errorCode(thrown)).toMatch(/^\w{1,40}$/);
      },
    ),
  );
});

test('an error that cannot be looked at has no code', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const mined = Object.defineProperty(new Error('secret'), 'code', {
    get: () => {
      throw new Error('secret');
    },
  });
  expect([proxy, mined].map(errorCode)).toEqual(['_OTHER', '_OTHER']);
});
