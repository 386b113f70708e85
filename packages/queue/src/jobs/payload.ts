/** A payload that can be stored and read back as it is, or why not and where. */
export type CheckedPayload = { readonly value: unknown; readonly text: string } | PayloadFault;

/** Why a payload cannot be stored. Says where, never what. */
export interface PayloadFault {
  readonly reason: PayloadReason;
  /** A JSON pointer into the payload. */
  readonly at: string;
}

/**
 * - `not_json`: a value that JSON has no form for, such as a BigInt, a Date, NaN, a function or a class of the host's
 * - `ill_formed_text`: a NUL or half a surrogate pair; Postgres stores neither
 * - `forbidden_key`: `__proto__`, `constructor` or `prototype`
 * - `too_deep`, `too_large`: beyond the limits
 */
type PayloadReason = 'not_json' | 'ill_formed_text' | 'forbidden_key' | 'too_deep' | 'too_large';

/** Objects and arrays inside each other. */
export const DEPTH_MAX = 64;
/** Bytes of a payload as JSON in UTF-8, unless the job says otherwise. */
export const BYTES_DEFAULT: number = 64 * 1024;

/** Copies a payload while checking it, so that nothing can change between the check and the insert. */
export function checkPayload(payload: unknown, bytesMax: number): CheckedPayload {
  try {
    const value = copy(payload, '', 0, { left: bytesMax });
    const text = JSON.stringify(value);
    return Buffer.byteLength(text) > bytesMax ? { reason: 'too_large', at: '' } : { value, text };
  } catch (error) {
    if (error instanceof Fault) return { reason: error.reason, at: error.at };
    // A getter or a proxy of the caller threw.
    return { reason: 'not_json', at: '' };
  }
}

class Fault extends Error {
  readonly reason: PayloadReason;
  readonly at: string;

  constructor(reason: PayloadReason, at: string) {
    super(reason);
    this.reason = reason;
    this.at = at;
  }
}

/** `budget` ends the walk early: each value takes a byte at least. */
function copy(value: unknown, at: string, depth: number, budget: { left: number }): unknown {
  if (--budget.left < 0) throw new Fault('too_large', '');
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return assertText(value, at, budget);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Fault('not_json', at);
    return value;
  }
  if (typeof value !== 'object') throw new Fault('not_json', at);
  if (depth === DEPTH_MAX) throw new Fault('too_deep', at);
  if (Array.isArray(value)) {
    if (value.length > budget.left) throw new Fault('too_large', '');
    return Array.from(value, (element, i) => copy(element, `${at}/${i}`, depth + 1, budget));
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new Fault('not_json', at);
  const copied: Record<string, unknown> = {};
  for (const [key, element] of Object.entries(value)) {
    if (FORBIDDEN.has(key)) throw new Fault('forbidden_key', at);
    assertText(key, at, budget);
    if (element !== undefined) copied[key] = copy(element, `${at}/${shown(key)}`, depth + 1, budget);
  }
  return copied;
}

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

function assertText(text: string, at: string, budget: { left: number }): string {
  budget.left -= text.length;
  if (budget.left < 0) throw new Fault('too_large', '');
  if (text.includes('\0') || !text.isWellFormed()) throw new Fault('ill_formed_text', at);
  return text;
}

/** Keys may be data too; only those that look like names are shown. */
export function shown(key: PropertyKey): string {
  const name = String(key);
  return /^(?:[A-Za-z_]{1,40}|\d{1,6})$/.test(name) ? name : '*';
}
