import { expect, test } from 'vitest';
import { kicktipp } from '../contests/kicktipp.ts';
import { canonicalJson } from './canonical-json.ts';
import { ruleSetHash } from './rule-set-hash.ts';

test('writes the example of RFC 8785, section 3.2.2, as the RFC does', () => {
  const input = JSON.parse(
    '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
  );
  expect(canonicalJson(input)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

test('sorts keys by UTF-16 code units, as section 3.2.3 does', () => {
  const keys = ['€', '\r', '\ufb33', '1', '😀', '\u0080', 'ö'];
  expect(Object.keys(JSON.parse(canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])))))).toEqual([
    '1',
    '\r',
    '\u0080',
    'ö',
    '€',
    '😀',
    '\ufb33',
  ]);
});

test.each([[Number.NaN], [Number.POSITIVE_INFINITY], ['\ud800'], [() => 0], [[1n]]])('refuses %s', (value) => {
  expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ code: 'SHAPE' }));
});

test('the hash does not depend on the order of keys, and does on everything else', () => {
  const { id, ...rest } = kicktipp;
  expect(ruleSetHash({ ...rest, id })).toBe(ruleSetHash(kicktipp));
  expect(ruleSetHash({ ...kicktipp, version: 2 })).not.toBe(ruleSetHash(kicktipp));
});
