import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../rules/canonical-json.ts';
import { EventsError } from './events-error.ts';
import { isPlainObject } from './json.ts';

/**
 * The SHA-256 of a state's canonical JSON (RFC 8785), in hex: equal for equal states only. A member that is undefined counts
 * as absent.
 *
 * @throws EventsError `VALUE_INVALID` for what JSON cannot say: a Map, a Date, NaN, a bigint, half a surrogate pair, a cycle
 */
export function stateHash(state: unknown): string {
  const wrong = notJson(state, 0, 'state');
  if (wrong === undefined) return valueHash(state);
  throw new EventsError(
    'VALUE_INVALID',
    `${wrong} cannot be said in JSON, so that it could not be stored and compared`,
    {
      place: wrong,
    },
  );
}

/** The SHA-256, in hex, of the canonical JSON of a value that is JSON. */
export const valueHash = (value: unknown): string => bytesToHex(sha256(utf8ToBytes(canonicalJson(value))));

/** The place of the first thing that is no JSON; undefined when all of it is. */
function notJson(value: unknown, depth: number, place: string): string | undefined {
  if (value === null || typeof value === 'boolean') return undefined;
  if (typeof value === 'string') return value.isWellFormed() ? undefined : place;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : place;
  if (depth > MAX_DEPTH) return `${place.slice(0, 40)}…, nested deeper than ${MAX_DEPTH},`;
  if (Array.isArray(value)) return first(value.keys(), (i) => notJson(value[i], depth + 1, `${place}[${i}]`));
  if (!isPlainObject(value)) return place;
  return first(Object.keys(value), (key) => {
    if (!key.isWellFormed()) return `a key of ${place}`;
    return value[key] === undefined ? undefined : notJson(value[key], depth + 1, `${place}.${key}`);
  });
}

/** Far beyond any state, and far below the stack. */
const MAX_DEPTH = 200;

function first<Item>(items: Iterable<Item>, find: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
