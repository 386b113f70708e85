import { expect, test } from 'vitest';
import { deliveryOf } from './delivery.ts';

test('on a network address ops gives nobody the codes of others unless it is told to', () => {
  for (const HOST of ['0.0.0.0', '::', '192.168.0.7', 'example.org']) {
    expect(deliveryOf({ HOST }, true)).toBeUndefined();
    expect(deliveryOf({ HOST, OTP_DELIVERY: 'response' }, true)).toBe('response');
  }
});

test('on this machine, with a Postgres of its own and no gateway, codes are in the answers', () => {
  for (const HOST of [undefined, '', '127.0.0.1', 'localhost', '::1'])
    expect(deliveryOf({ HOST }, true)).toBe('response');
  expect(deliveryOf({}, false)).toBeUndefined();
  expect(deliveryOf({ OTP_GATEWAY_URL: 'https://sms.example/send' }, true)).toBeUndefined();
});
