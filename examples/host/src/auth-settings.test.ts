import { describe, expect, test } from 'vitest';
import { type AuthSettings, answersCodes, authOptions } from './auth-settings.ts';
import { EnvironmentInvalid } from './environment.ts';

const nothing: AuthSettings = {
  adminPhones: undefined,
  gatewayUrl: undefined,
  delivery: 'gateway',
  databaseUrl: undefined,
  host: undefined,
};
const gatewayUrl = 'https://sms.example/send';

describe('how codes are delivered', () => {
  test.each(['0.0.0.0', '::', '192.168.0.7', '127.example.org'])(
    'on %s nobody is an administrator by knowing a number: it does not start unless it is told to',
    (host) => {
      const open = (): unknown => authOptions({ ...nothing, host, adminPhones: '09123456789' });
      expect(open).toThrow(EnvironmentInvalid);
      expect(open).toThrow(/^OTP_GATEWAY_URL is missing\. .*OTP_DELIVERY=response .*HOST/);
      expect(authOptions({ ...nothing, host, delivery: 'response' }).sendCode).toBeUndefined();
      expect(authOptions({ ...nothing, host, gatewayUrl }).sendCode).toBeDefined();
    },
  );

  test.each([undefined, '127.0.0.1', '127.0.1.1', 'localhost', '::1'])(
    'on %s, which is this machine, codes are in the answers of an embedded Postgres',
    (host) => {
      expect(authOptions({ ...nothing, host }).sendCode).toBeUndefined();
      expect(() => authOptions({ ...nothing, host, databaseUrl: 'postgres://db/x' })).toThrow(EnvironmentInvalid);
    },
  );

  test('a process knows whether it answers codes, so that it can say so', () => {
    expect(answersCodes(nothing)).toBe(true);
    expect(answersCodes({ ...nothing, gatewayUrl })).toBe(false);
    expect(answersCodes({ ...nothing, gatewayUrl, delivery: 'response' })).toBe(true);
    expect(answersCodes({})).toBe(false);
  });
});

test('a user without a number is no administrator where ADMIN_PHONES is not set, or ends with a comma', () => {
  expect(authOptions(nothing).adminPhones).toEqual([]);
  expect(authOptions({ ...nothing, adminPhones: ' 09123456789, ,+49151,' }).adminPhones).toEqual([
    '09123456789',
    '+49151',
  ]);
});
