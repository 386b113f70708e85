import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../rules/canonical-json.ts';

/** What of an event makes its payload: not its time and not its extensions, which a client may set anew when it tries again. */
export interface Payload {
  readonly type: string;
  /** The version that the data is of. */
  readonly version: number;
  readonly subject: string;
  /** As sent. */
  readonly data: unknown;
}

/**
 * The SHA-256, in hex, of the canonical JSON (RFC 8785) of `[type, version, subject, data]`: the same for the same payload
 * only, in whatever order its keys come.
 *
 * @param key with a key it is the HMAC-SHA-256: after the key and the data are erased, nobody can find small data by trying
 */
export function payloadDigest({ type, version, subject, data }: Payload, key?: Uint8Array): string {
  const bytes = utf8ToBytes(canonicalJson([type, version, subject, data]));
  return bytesToHex(key === undefined ? sha256(bytes) : hmac(sha256, key, bytes));
}
