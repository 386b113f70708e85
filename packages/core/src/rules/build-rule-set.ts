import { assertRuleSet } from './parse-rule-set.ts';
import type {
  Definition,
  Expr,
  FieldType,
  Mode,
  Modifier,
  Policies,
  Rounding,
  Rule,
  RuleSet,
  TieBreak,
} from './rule-set.ts';

declare const kind: unique symbol;

/** An expression of a known type. It is plain JSON; the type exists for the compiler alone. */
export type Typed<Kind extends FieldType['type']> = Expr & { readonly [kind]: Kind };
export type IntExpr = Typed<'int'> | number;
export type BoolExpr = Typed<'bool'> | boolean;
export type TextExpr = Typed<'text'>;
export type IntsExpr = Typed<'ints'>;

/** A field that may be missing: no operator takes it but `present` and `else`. */
export interface OptionalField<Kind extends FieldType['type']> {
  readonly [kind]: { readonly optional: Kind };
}

type Fields = { readonly [name: string]: FieldType };
type FieldRefs<F extends Fields> = {
  readonly [Name in keyof F]: F[Name] extends { readonly optional: true }
    ? OptionalField<F[Name]['type']>
    : Typed<F[Name]['type']>;
};
type Like<Kind extends FieldType['type']> = Kind extends 'int' ? IntExpr : Kind extends 'bool' ? BoolExpr : Typed<Kind>;

/** The parts of a rule set that are made of expressions. */
export interface Parts {
  readonly mode: Mode;
  readonly rules: readonly (Omit<Rule, 'when' | 'points'> & { readonly when: BoolExpr; readonly points: IntExpr })[];
  readonly modifiers?: readonly Modifier[];
  readonly tieBreak?: readonly (Omit<TieBreak, 'value'> & { readonly value: IntExpr })[];
  readonly late?: BoolExpr;
  readonly void?: BoolExpr;
}

/**
 * Builds a rule set in TypeScript: fields are known by name and type, so a misspelt field, a condition where a number
 * belongs and an optional field that is read as if it were always there do not compile. What comes out is the same
 * plain JSON that one would write by hand.
 *
 * @param write gets the fields, the operators, and `define`, which names a value that is computed once per row
 * @throws RuleSetError for what types cannot see, such as an overflow
 */
export function buildRuleSet<const F extends Fields>(
  head: { readonly id: string; readonly version: number; readonly fields: F; readonly policies?: Policies },
  write: (fields: FieldRefs<F>, operators: Operators, define: Define) => Parts,
): RuleSet {
  const refs = Object.fromEntries(
    Object.keys(head.fields).map((name) => [name, `$${name}`]),
  ) as unknown as FieldRefs<F>;
  const defined: Definition[] = [];
  const parts = write(refs, operators, (id, value) => {
    defined.push({ id, value: value as Expr });
    return `$${id}` as never;
  });
  return assertRuleSet({ ...head, ...(defined.length === 0 ? {} : { define: defined }), ...parts });
}

/** Names a value and returns the reference to it. */
export type Define = <Kind extends FieldType['type']>(id: string, value: Typed<Kind>) => Typed<Kind>;

const int = (...expr: readonly unknown[]): Typed<'int'> => expr as unknown as Typed<'int'>;
const bool = (...expr: readonly unknown[]): Typed<'bool'> => expr as unknown as Typed<'bool'>;

/** Every operator as a typed function, and the usual combinations of them. */
export const operators = {
  add: (...args: readonly [IntExpr, IntExpr, ...IntExpr[]]): Typed<'int'> => int('add', ...args),
  sub: (a: IntExpr, b: IntExpr): Typed<'int'> => int('sub', a, b),
  mul: (...args: readonly [IntExpr, IntExpr, ...IntExpr[]]): Typed<'int'> => int('mul', ...args),
  abs: (a: IntExpr): Typed<'int'> => int('abs', a),
  sign: (a: IntExpr): Typed<'int'> => int('sign', a),
  min: (...args: readonly [IntExpr, IntExpr, ...IntExpr[]]): Typed<'int'> => int('min', ...args),
  max: (...args: readonly [IntExpr, IntExpr, ...IntExpr[]]): Typed<'int'> => int('max', ...args),
  div: (a: IntExpr, b: IntExpr, mode: Rounding): Typed<'int'> => int('div', a, b, mode),
  /** The remainder that is never negative. */
  mod: (a: IntExpr, b: IntExpr): Typed<'int'> => int('mod', a, b),
  eq: <Kind extends 'int' | 'bool' | 'text'>(a: Like<Kind>, b: Like<Kind>): Typed<'bool'> => bool('eq', a, b),
  lt: (a: IntExpr, b: IntExpr): Typed<'bool'> => bool('lt', a, b),
  le: (a: IntExpr, b: IntExpr): Typed<'bool'> => bool('le', a, b),
  and: (...args: readonly [BoolExpr, ...BoolExpr[]]): Typed<'bool'> => bool('and', ...args),
  or: (...args: readonly [BoolExpr, ...BoolExpr[]]): Typed<'bool'> => bool('or', ...args),
  not: (a: BoolExpr): Typed<'bool'> => bool('not', a),
  if: <Kind extends 'int' | 'bool' | 'text'>(condition: BoolExpr, a: Like<Kind>, b: Like<Kind>): Typed<Kind> =>
    ['if', condition, a, b] as unknown as Typed<Kind>,
  /** A number by key, `other` when the table does not have it. */
  lookup: (
    table: Readonly<Record<string, number>> | ReadonlyMap<number, number>,
    key: Typed<'int'> | TextExpr,
    other: IntExpr,
  ): Typed<'int'> => int('lookup', table instanceof Map ? [...table] : Object.entries(table), key, other),
  in: <Kind extends 'int' | 'text'>(
    a: Typed<Kind>,
    values: readonly (Kind extends 'int' ? number : string)[],
  ): Typed<'bool'> => bool('in', a, values),
  countTrue: (...args: readonly [BoolExpr, ...BoolExpr[]]): Typed<'int'> => int('countTrue', ...args),
  /** How many of the positions `from` to `to` (from 1, both included) hold the same number in both vectors. */
  agree: (a: IntsExpr, b: IntsExpr, from: number, to: number): Typed<'int'> => int('agree', a, b, from, to),
  /** The element at a position from 1; with a vector of positions, the vector of those elements. */
  at: <Kind extends 'int' | 'ints'>(vector: IntsExpr, position: Like<Kind>): Typed<Kind> =>
    ['at', vector, position] as unknown as Typed<Kind>,
  text: (value: string): Typed<'text'> => ['text', value] as unknown as Typed<'text'>,
  ints: (...values: readonly number[]): Typed<'ints'> => ['ints', ...values] as unknown as Typed<'ints'>,
  present: (field: OptionalField<FieldType['type']>): Typed<'bool'> => bool('present', field),
  /** An optional field's value, or another when it is missing. */
  else: <Kind extends FieldType['type']>(field: OptionalField<Kind>, other: Like<Kind>): Typed<Kind> =>
    ['else', field, other] as unknown as Typed<Kind>,
  /** The points so far; in modifiers only. */
  base: '$base' as unknown as Typed<'int'>,

  ne: <Kind extends 'int' | 'bool' | 'text'>(a: Like<Kind>, b: Like<Kind>): Typed<'bool'> => bool('not', ['eq', a, b]),
  gt: (a: IntExpr, b: IntExpr): Typed<'bool'> => bool('lt', b, a),
  ge: (a: IntExpr, b: IntExpr): Typed<'bool'> => bool('le', b, a),
  between: (a: IntExpr, lo: number, hi: number): Typed<'bool'> => bool('and', ['le', lo, a], ['le', a, hi]),
  clamp: (a: IntExpr, lo: number, hi: number): Typed<'int'> => int('min', ['max', a, lo], hi),
  /** Home goals minus away goals. */
  goalDifference: (home: IntExpr, away: IntExpr): Typed<'int'> => int('sub', home, away),
  /** 1 for a home win, 0 for a draw, -1 for an away win. */
  outcome: (home: IntExpr, away: IntExpr): Typed<'int'> => int('sign', ['sub', home, away]),
} as const;

export type Operators = typeof operators;
