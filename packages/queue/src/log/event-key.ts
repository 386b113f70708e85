import { hash } from 'node:crypto';
import { idTime } from '@scorekeep/core/events';

/** The identity of an event in the form that it is deduplicated by. */
export interface EventKey {
  /** A UUID: the event's own id where that is one, else a version 8 UUID made of a hash. */
  readonly key: string;
  /** Whether the key is the id itself, so that the id need not be kept beside it. */
  readonly isId: boolean;
  /** When the id was made, in Unix milliseconds, where it says so: a UUID of version 7, or a ULID. */
  readonly time: number | undefined;
}

/**
 * The key of (source, id), which in CloudEvents 1.0 identify an event together. A UUID from the log's own source is its
 * own key. Anything else is hashed with SHA-256 to a version 8 UUID, of 121 bits, or 73 behind the time of a time-ordered
 * id, which is kept so that keys lie in the order of their time and can be forgotten by it.
 *
 * @param source undefined for the log's own
 */
export function eventKey(id: string, source: string | undefined): EventKey {
  const time = idTime(id);
  if (source === undefined && UUID.test(id)) return { key: id, isId: true, time };
  const digest = hash('sha256', `${source?.length ?? '-'}:${source ?? ''}${id}`, 'hex');
  const start = time === undefined ? digest.slice(0, 12) : time.toString(16).padStart(12, '0');
  // The variant says whether the key begins with a time; both are RFC 9562's.
  const variant = (time === undefined ? '89' : 'ab')[Number.parseInt(digest[16] ?? '0', 16) & 1];
  const key = `${start.slice(0, 8)}-${start.slice(8)}-8${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
  return { key, isId: false, time };
}

/** Lower case and not version 8, which is kept for hashes: what it matches equals its key letter by letter. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-7][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The condition, in SQL, that a key begins with a time. */
export const HAS_TIME = `(substr(key::text, 15, 1) = '7' or (substr(key::text, 15, 1) = '8' and substr(key::text, 20, 1) in ('a', 'b')))`;
