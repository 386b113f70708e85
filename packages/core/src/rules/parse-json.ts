import { shown } from '../text/shown.ts';
import { LONE_SURROGATE } from './canonical-json.ts';
import { LIMITS } from './limits.ts';
import { didYouMean } from './nearest.ts';
import { RuleSetError } from './rule-set-error.ts';

/** The shapes that a rule set's JSON is made of; each throws a RuleSetError that names the path. */
export function objectAt(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new RuleSetError('SHAPE', path, `Expected an object, got ${shown(value)}.`, value);
}

export function arrayAt(value: unknown, path: string, least: number, most: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length < least) {
    throw new RuleSetError('SHAPE', path, `Expected a list of ${least} or more, got ${shown(value)}.`, value);
  }
  if (value.length > most) {
    throw new RuleSetError('LIMIT_EXCEEDED', path, `At most ${most} are allowed, got ${value.length}.`, value.length);
  }
  return value;
}

/** Refuses keys that the format does not know, and demands those that it needs. */
export function keysOf(
  object: Record<string, unknown>,
  path: string,
  required: readonly string[],
  optional: readonly string[],
): void {
  const known = [...required, ...optional];
  for (const key of Object.keys(object)) {
    if (!known.includes(key)) {
      throw new RuleSetError('UNKNOWN_KEY', path, `There is no key ${shown(key)} here.${didYouMean(key, known)}`, key);
    }
  }
  for (const key of required) {
    if (!Object.hasOwn(object, key) || object[key] === undefined) {
      throw new RuleSetError('SHAPE', path, `"${key}" is missing.`, key);
    }
  }
}

/** A text: an id of a rule, a label, a literal. */
export function textAt(value: unknown, path: string, least: number): string {
  if (typeof value !== 'string' || value.length < least) {
    throw new RuleSetError(
      'SHAPE',
      path,
      `Expected a text${least > 0 ? ' that is not empty' : ''}, got ${shown(value)}.`,
      value,
    );
  }
  if (value.length > LIMITS.text) {
    throw new RuleSetError(
      'LIMIT_EXCEEDED',
      path,
      `Texts may be ${LIMITS.text} long, got ${value.length}.`,
      value.length,
    );
  }
  if (value.includes('\0') || LONE_SURROGATE.test(value)) {
    throw new RuleSetError(
      'TEXT_INVALID',
      path,
      `${JSON.stringify(value)} has U+0000 or half a surrogate pair, which no database text holds.`,
      value,
    );
  }
  return value;
}

/** A name that expressions refer to: letters, digits and `_`, at most 63, beginning with a letter; not `base`. */
export function nameAt(value: unknown, path: string): string {
  if (typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_]{0,62}$/.test(value) && value !== 'base') return value;
  const why =
    value === 'base'
      ? '"$base" is taken by the points that modifiers start from'
      : 'Names are a letter and up to 62 letters, digits or _';
  throw new RuleSetError('NAME_INVALID', path, `${why}, got ${shown(value)}.`, value);
}

export function choice<T extends string>(value: unknown, path: string, choices: readonly T[]): T {
  if (choices.includes(value as T)) return value as T;
  throw new RuleSetError(
    'SHAPE',
    path,
    `Expected ${choices.map((one) => `"${one}"`).join(', ')}, got ${shown(value)}.`,
    value,
  );
}
