import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { payloadDigest } from './payload-digest.ts';

const payload = { type: 'game_ended', version: 1, subject: 'ann', data: { score: 12, user_id: 'ann', name: 'Zoë' } };
const key = Uint8Array.from({ length: 32 }, (_, i) => i);

test("the digest of an example, as Python's hashlib and hmac have it", () => {
  expect(payloadDigest(payload)).toBe('78ab53046634c61e67281d0d1c67de992acb288657f5a7aaa66c7394f370993d');
  expect(payloadDigest(payload, key)).toBe('c2a2e68f1d210d0a09a28461cd70e3b531eb1fcc91b1d8c9aaa988e24c29ab2c');
});

test('is the hash of the canonical text, keyed or not', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer(), fc.uint8Array({ minLength: 1, maxLength: 100 }), (text, number, secret) => {
      const canonical = `["t",2,"s",{"a":${number},"b":${JSON.stringify(text)}}]`;
      const shuffled = { type: 't', version: 2, subject: 's', data: { b: text, a: number } };
      expect(payloadDigest(shuffled)).toBe(createHash('sha256').update(canonical).digest('hex'));
      expect(payloadDigest(shuffled, secret)).toBe(createHmac('sha256', secret).update(canonical).digest('hex'));
    }),
  );
});

test('differs with each part of the payload', () => {
  const others = [
    payload,
    { ...payload, type: 'game_begun' },
    { ...payload, version: 2 },
    { ...payload, subject: 'bob' },
    { ...payload, data: { ...payload.data, score: 13 } },
    { ...payload, data: { ...payload.data, extra: null } },
  ];
  expect(new Set(others.map((other) => payloadDigest(other))).size).toBe(others.length);
});
