import { createHash } from 'node:crypto';

/**
 * The id of the job that stands for a key in a queue: the same key is the same job, which is what makes an enqueue
 * idempotent. A UUID of version 8 from the first bytes of a SHA-256 (RFC 9562, section 5.8).
 */
export function jobIdOf(queue: string, key: string): string {
  const bytes = createHash('sha256').update(`${queue}\0${key}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
