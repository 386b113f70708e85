import { expect, test } from 'vitest';
import { idTime } from './id-time.ts';

test('the UUID of version 7 of RFC 9562, appendix A.6', () => {
  const time = Date.UTC(2022, 1, 22, 19, 22, 22);
  expect(idTime('017F22E2-79B0-7CC3-98C4-DC0C0C07398F')).toBe(time);
  expect(idTime('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')).toBe(time);
});

test('the ULID of its specification, and its largest', () => {
  expect(idTime('01ARZ3NDEKTSV4RRFFQ69G5FAV')).toBe(Date.parse('2016-07-30T23:54:10.259Z'));
  expect(idTime('7ZZZZZZZZZZZZZZZZZZZZZZZZZ')).toBe(2 ** 48 - 1);
});

test.each([
  ['of version 4', '919108f7-52d1-4320-9bac-f847db4148a8'],
  ['of another variant', '017f22e2-79b0-7cc3-f8c4-dc0c0c07398f'],
  ['with a letter that Crockford leaves out', '01ARZ3NDEKTSV4RRFFQ69G5FAU'],
  ['beyond 48 bits', '81ARZ3NDEKTSV4RRFFQ69G5FAV'],
  ['of a host', 'run-1'],
])('an id %s carries no time', (_, id) => expect(idTime(id)).toBeUndefined());
