import fc from 'fast-check';
import { expect, test } from 'vitest';
import { limitKey } from './limit-key.ts';

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['::FFFF:cb00:7109', '203.0.113.9'],
  ['0:0:0:0:0:ffff:203.0.113.9', '203.0.113.9'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:0DB8:0:0:ffff:ffff:ffff:ffff', '2001:db8:0:0::/64'],
  ['2001:db8:0:1::', '2001:db8:0:1::/64'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4::/64'],
  ['1::8', '1:0:0:0::/64'],
  ['64:ff9b::203.0.113.9', '64:ff9b:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['fe80::2%en0.7', 'fe80:0:0:0::/64'],
  ['', ''],
  ['unknown', 'unknown'],
])('%s counts as %s', (ip, key) => {
  expect(limitKey(ip)).toBe(key);
});

test('who changes the last four groups of an IPv6 address gains nothing, and two networks are two', () => {
  const groups = fc.array(fc.integer({ min: 1, max: 0xffff }), { minLength: 4, maxLength: 4 });
  const address = (...parts: number[][]): string =>
    parts
      .flat()
      .map((group) => group.toString(16))
      .join(':');
  fc.assert(
    fc.property(groups, groups, groups, (network, one, other) => {
      expect(limitKey(address(network, one))).toBe(limitKey(address(network, other)));
      expect(limitKey(address(network, one)) === limitKey(address(other, one))).toBe(`${network}` === `${other}`);
    }),
  );
});
