import { EventsError } from './events-error.ts';
import type { Doubt } from './reason.ts';

/**
 * What an event of a type can be, if it is true. An event outside is quarantined, never dropped: the envelope may be wrong.
 * A check whose fields an event leaves out does not apply to it.
 */
export type PlausibilityCheck<Value> =
  | RateCheck<Value>
  | RangeCheck<Value>
  | NeverCheck<Value>
  /** True for what is plausible. Must be pure; an event that it throws on is doubted. */
  | ((value: Value) => boolean);

/** At most so much of one field for each unit of another: `{ rate: 'score', per: 'duration_seconds', most: 2 }`. */
export interface RateCheck<Value> {
  readonly rate: NumberField<Value>;
  readonly per: NumberField<Value>;
  readonly most: number;
  /** What may come on top whatever the other field is: a bonus at the start. 0 when left out. */
  readonly atOnce?: number;
}

/** Bounds of one field, both included, that are tighter than what the schema allows. */
export interface RangeCheck<Value> extends Bounds {
  readonly field: NumberField<Value>;
}

/** A combination that cannot be: an event with all of it is doubted, as `{ never: { cause: 'none', hearts: 0 } }`. */
export interface NeverCheck<Value> {
  readonly never: { readonly [Field in keyof Value]?: Value[Field] | Bounds };
}

/** At least one of both. */
export interface Bounds {
  readonly least?: number;
  readonly most?: number;
}

/** Names of the fields that hold numbers. */
export type NumberField<Value> = {
  [Field in keyof Value]-?: NonNullable<Value[Field]> extends number ? Field : never;
}[keyof Value] &
  string;

/**
 * Compiles the checks of a type into one function from a value to its doubts, one for each check that it fails.
 *
 * @throws EventsError `DEFINITION_INVALID` for a check that is none, or a bound that is no finite number
 */
export function plausibility<Value>(
  type: string,
  checks: Readonly<Record<string, PlausibilityCheck<Value>>> = {},
): (value: Value) => readonly Doubt[] {
  const compiled = Object.entries(checks).map(([name, check]) => ({
    name,
    ...compile(`${type}.plausible.${name}`, check),
  }));
  return (value) => {
    const failed = compiled.filter(({ passes }) => !holds(passes, value));
    if (failed.length === 0) return NONE;
    return failed.map(({ name, says }) => ({ code: 'implausible', path: name, message: says }));
  };
}

const NONE: readonly Doubt[] = [];

interface Compiled<Value> {
  readonly passes: (value: Value) => boolean;
  readonly says: string;
}

function holds<Value>(passes: (value: Value) => boolean, value: Value): boolean {
  try {
    return passes(value);
  } catch {
    return false;
  }
}

function compile<Value>(place: string, check: PlausibilityCheck<Value>): Compiled<Value> {
  if (typeof check === 'function') return { passes: check, says: `${place} does not hold.` };
  if ('rate' in check) return compileRate(place, check);
  if ('field' in check) {
    const bounds = boundsAt(place, check);
    return {
      passes: (value) => within(value[check.field], bounds),
      says: `${check.field} is not ${shownBounds(bounds)}.`,
    };
  }
  if ('never' in check) return compileNever(place, check);
  throw invalid(place, 'must be a function or have "rate", "field" or "never"');
}

function compileRate<Value>(place: string, { rate, per, most, atOnce = 0 }: RateCheck<Value>): Compiled<Value> {
  if (!Number.isFinite(most)) throw invalid(`${place}.most`, `must be a finite number, got ${most}`);
  if (!Number.isFinite(atOnce)) throw invalid(`${place}.atOnce`, `must be a finite number, got ${atOnce}`);
  return {
    passes: (value) => {
      const [amount, units]: readonly unknown[] = [value[rate], value[per]];
      return typeof amount !== 'number' || typeof units !== 'number' || amount <= atOnce + most * units;
    },
    says: `${rate} is more than ${atOnce === 0 ? '' : `${atOnce} and `}${most} for each of ${per}.`,
  };
}

function compileNever<Value>(place: string, { never }: NeverCheck<Value>): Compiled<Value> {
  const parts = Object.entries(never).map(([field, wanted]): [string, (found: unknown) => boolean] => {
    if (typeof wanted !== 'object' || wanted === null) return [field, (found) => found === wanted];
    const bounds = boundsAt(`${place}.never.${field}`, wanted);
    return [field, (found) => typeof found === 'number' && within(found, bounds)];
  });
  if (parts.length === 0) throw invalid(`${place}.never`, 'needs at least one field');
  return {
    passes: (value) => !parts.every(([field, matches]) => matches((value as Readonly<Record<string, unknown>>)[field])),
    says: `${parts.map(([field]) => field).join(' and ')} cannot be so together.`,
  };
}

function boundsAt(place: string, { least, most }: Bounds): Bounds {
  for (const bound of [least, most]) {
    if (bound !== undefined && !Number.isFinite(bound))
      throw invalid(place, `has a bound that is no finite number: ${bound}`);
  }
  if (least === undefined && most === undefined) throw invalid(place, 'needs "least", "most" or both');
  if (least !== undefined && most !== undefined && least > most) {
    throw invalid(place, `has its "least" ${least} above its "most" ${most}`);
  }
  return { ...(least === undefined ? {} : { least }), ...(most === undefined ? {} : { most }) };
}

function within(
  found: unknown,
  { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY }: Bounds,
): boolean {
  return typeof found !== 'number' || (found >= least && found <= most);
}

const shownBounds = ({ least, most }: Bounds): string => {
  if (least === undefined) return `at most ${most}`;
  return most === undefined ? `at least ${least}` : `from ${least} to ${most}`;
};

const invalid = (place: string, why: string): EventsError =>
  new EventsError('DEFINITION_INVALID', `${place} ${why}`, { place });
