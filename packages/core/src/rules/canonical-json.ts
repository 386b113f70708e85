import { RuleSetError } from './rule-set-error.ts';

/**
 * JSON in the one form that equal values share, after RFC 8785 (JSON Canonicalization Scheme): no white space, keys
 * sorted by UTF-16 code units, numbers and strings as ECMAScript writes them. Properties that are undefined are left out.
 *
 * @throws RuleSetError for what JSON cannot say: a number that is not finite, a lone surrogate, a function
 */
export function canonicalJson(value: unknown): string {
  return write(value, '');
}

function write(value: unknown, path: string): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return JSON.stringify(value);
  } else if (typeof value === 'string') {
    if (!LONE_SURROGATE.test(value)) return JSON.stringify(value);
  } else if (Array.isArray(value)) {
    return `[${value.map((item, i) => write(item, `${path}[${i}]`)).join(',')}]`;
  } else if (typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, member]) => `${write(key, path)}:${write(member, path === '' ? key : `${path}.${key}`)}`).join(',')}}`;
  }
  throw new RuleSetError('SHAPE', path, `JSON has no ${typeof value} ${String(value)}.`, value);
}

/** Half of a surrogate pair without its other half: no valid UTF-8 has it. */
export const LONE_SURROGATE: RegExp = /\p{Surrogate}/u;
