import { isPlainObject, type JsonObject } from './json.ts';
import type { EventLimits } from './limits.ts';
import { pathText } from './path-text.ts';
import type { Rejection, RejectionCode } from './reason.ts';

/** Data that is JSON within the limits, with its text; or what is wrong with it. */
export type CheckedJson =
  | { readonly ok: true; readonly data: JsonObject; readonly json: string }
  | { readonly ok: false; readonly reason: Rejection };

/**
 * Checks that a value is a JSON object that Postgres can hold and that means the same everywhere: within the limits, no NUL,
 * no half surrogate pair, no `__proto__`, no integer that a double has rounded. Members that are undefined count as absent.
 * One walk over the value, or two, total for whatever it is given, cycles and getters that throw included.
 */
export function checkJson(value: unknown, limits: EventLimits): CheckedJson {
  if (!isPlainObject(value)) {
    return { ok: false, reason: { code: 'not-object', path: 'data', message: 'data must be a JSON object.' } };
  }
  const walk: Walk = { limits, looksIntoTexts: false, keys: 0, path: [], fault: undefined };
  try {
    if (isFine(value, 1, walk)) {
      const json = JSON.stringify(value);
      if (!json.includes(ESCAPED) || areFineTexts(value, walk)) {
        if (fitsUtf8(json, limits.bytes)) return { ok: true, data: value as JsonObject, json };
        fault(walk, 'limit', `is larger than ${limits.bytes} bytes as JSON (limits.bytes).`, 'bytes');
      }
    }
  } catch (error) {
    fault(walk, 'not-json', `cannot be read: it threw ${error instanceof Error ? error.name : typeof error}.`);
  }
  const { code = 'not-json', says = 'is no JSON.', limit } = walk.fault ?? {};
  const place = pathText('data', walk.path.reverse());
  return { ok: false, reason: { code, path: limit ?? place, message: `${place} ${says}` } };
}

/**
 * How JSON.stringify writes U+0000 and half a surrogate pair, and little else: without it, no text need be looked into but keys
 * of members that are undefined, which it leaves out.
 */
const ESCAPED = '\\u';

interface Walk {
  readonly limits: EventLimits;
  looksIntoTexts: boolean;
  keys: number;
  /** Where the fault is, innermost key first. */
  readonly path: PropertyKey[];
  fault: { readonly code: RejectionCode; readonly says: string; readonly limit: string | undefined } | undefined;
}

function fault(walk: Walk, code: RejectionCode, says: string, limit?: keyof EventLimits): false {
  walk.fault ??= { code, says, limit };
  return false;
}

function areFineTexts(value: unknown, walk: Walk): boolean {
  walk.looksIntoTexts = true;
  walk.keys = 0;
  return isFine(value, 1, walk);
}

/** Nothing is allocated on the way in, since every event takes it; the path to a fault is gathered on the way out. */
function isFine(value: unknown, depth: number, walk: Walk): boolean {
  if (typeof value === 'string') return isFineText(value, walk);
  if (typeof value === 'number') return isFineNumber(value, walk);
  if (typeof value === 'boolean' || value === null) return true;
  if (typeof value !== 'object') return fault(walk, 'not-json', `must be JSON, got a ${typeof value}.`);
  if (depth > walk.limits.depth) {
    return fault(walk, 'limit', `is nested deeper than ${walk.limits.depth} (limits.depth).`, 'depth');
  }
  if (Array.isArray(value)) {
    if (!countKeys(walk, value.length)) return false;
    for (let i = 0; i < value.length; i++) {
      if (!isFine(value[i], depth + 1, walk)) return at(walk, i);
    }
    return true;
  }
  if (!isPlainObject(value)) return fault(walk, 'not-json', 'must be JSON, got an instance of a class.');
  const keys = Object.keys(value);
  if (!countKeys(walk, keys.length)) return false;
  for (const key of keys) {
    if (!isFineKey(key, value[key], walk)) return at(walk, key);
    const member = value[key];
    if (member !== undefined && !isFine(member, depth + 1, walk)) return at(walk, key);
  }
  return true;
}

function at(walk: Walk, key: PropertyKey): false {
  walk.path.push(key);
  return false;
}

function countKeys(walk: Walk, more: number): boolean {
  walk.keys += more;
  const { keys } = walk.limits;
  return walk.keys <= keys || fault(walk, 'limit', `makes more than ${keys} keys and elements (limits.keys).`, 'keys');
}

/** `constructor` is a word of motor racing; only one that leads to a `prototype` is an attack. */
function isFineKey(key: string, member: unknown, walk: Walk): boolean {
  if (key === '__proto__' || (key === 'constructor' && isPlainObject(member) && Object.hasOwn(member, 'prototype'))) {
    return fault(walk, 'reserved-key', 'is a key that can change the prototype of objects.');
  }
  return isFineText(key, walk, member === undefined);
}

function isFineText(text: string, walk: Walk, isHidden = false): boolean {
  const most = walk.limits.text;
  if (text.length > most)
    return fault(walk, 'limit', `is longer than ${most} UTF-16 code units (limits.text).`, 'text');
  if (!walk.looksIntoTexts && !isHidden) return true;
  if (text.includes('\0')) return fault(walk, 'nul', 'has U+0000, which Postgres cannot hold.');
  return text.isWellFormed() || fault(walk, 'lone-surrogate', 'has half of a surrogate pair, which is no Unicode.');
}

function isFineNumber(value: number, walk: Walk): boolean {
  if (!Number.isFinite(value)) return fault(walk, 'not-json', `must be JSON, got ${value}.`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return fault(walk, 'unsafe-integer', 'is an integer beyond 2^53 - 1, which has been rounded; send it as text.');
  }
  return true;
}

/** Whether a well-formed text has at most so many bytes in UTF-8. */
export function fitsUtf8(text: string, most: number): boolean {
  if (text.length > most) return false;
  if (text.length * 3 <= most) return true;
  let bytes = 0;
  for (let i = 0; i < text.length && bytes <= most; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair is 2 of the 4 bytes of its character.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
  }
  return bytes <= most;
}
