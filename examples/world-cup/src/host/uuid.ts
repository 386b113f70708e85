import { hash } from 'node:crypto';

/** The same UUID for the same name, always: RFC 9562 version 8 over the first 16 bytes of a SHA-256. */
export function uuidOf(name: string): string {
  const hex = hash('sha256', name, 'hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
