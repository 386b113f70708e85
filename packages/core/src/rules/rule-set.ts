/**
 * An expression as JSON: a number or boolean stands for itself, `"$name"` for a field or a definition, and an array is a
 * call with its operator first: `["eq", "$home", "$resultHome"]`, `["text", "A"]`. The operators are listed in
 * {@link OPERATOR_NAMES}.
 */
export type Expr = number | boolean | string | readonly Expr[];

/** A whole number from `min` to `max`, both within ±(2^52 − 1). Times are epoch milliseconds. */
export interface IntField {
  readonly type: 'int';
  readonly min: number;
  readonly max: number;
  /** An optional field may be NULL, and is read through `present` and `else` only. */
  readonly optional?: boolean;
}

export interface BoolField {
  readonly type: 'bool';
  readonly optional?: boolean;
}

/** Text, compared by code point. `maxLength` counts code points. */
export interface TextField {
  readonly type: 'text';
  readonly maxLength?: number;
  readonly oneOf?: readonly string[];
  readonly optional?: boolean;
}

/** A vector of exactly `length` whole numbers from `min` to `max`; `distinct` when none may occur twice. */
export interface IntsField {
  readonly type: 'ints';
  readonly length: number;
  readonly min: number;
  readonly max: number;
  readonly distinct?: boolean;
  readonly optional?: boolean;
}

/** What a field of a row may hold. Whatever is outside never reaches a rule: the row gets a reason instead. */
export type FieldType = IntField | BoolField | TextField | IntsField;

/** A value that is computed once per row and read as `"$id"`, by rules and by later definitions. */
export interface Definition {
  readonly id: string;
  readonly value: Expr;
}

/** Pays `points`, in thousandths of a point, when its condition holds. */
export interface Rule {
  readonly id: string;
  readonly when: Expr;
  readonly points: Expr;
  readonly label?: string;
}

/** Replaces the points so far, `$base`, by its value. Modifiers apply in the order of the list. */
export interface Modifier {
  readonly id: string;
  readonly value: Expr;
  readonly label?: string;
}

/**
 * A whole number stored with each score and summed by leaderboards to part equal totals. What a policy scores `zero` has 0,
 * also where `asc` makes that the best: an entrant without a row adds as little.
 */
export interface TieBreak {
  readonly id: string;
  readonly value: Expr;
  readonly order?: 'desc' | 'asc';
}

/** What happens to a row that cannot be scored as usual. `reject` gives it a reason and no points, `zero` scores it 0. */
export interface Policies {
  /** A required field is NULL. Default `reject`. */
  readonly missing?: 'reject' | 'zero';
  /** The rule set's `late` holds. Default `reject`; `score` as if in time. */
  readonly late?: 'reject' | 'zero' | 'score';
  /** The rule set's `void` holds. Default `reject`. */
  readonly void?: 'reject' | 'zero';
  /** What a corrected result does to scores that exist; for the pipeline. Default `rescore`. */
  readonly correction?: 'rescore' | 'keep';
}

/**
 * A scoring rule as plain JSON. It runs as a JavaScript function ({@link toFunction}) and as SQL ({@link toSql}), with
 * the same result.
 *
 * - `sum`: every rule whose condition holds pays.
 * - `first`: the first one pays.
 * - `max`: the one that pays most, the earlier among equals.
 */
export interface RuleSet {
  readonly id: string;
  readonly version: number;
  readonly fields: { readonly [name: string]: FieldType };
  readonly define?: readonly Definition[];
  readonly mode: Mode;
  readonly rules: readonly Rule[];
  readonly modifiers?: readonly Modifier[];
  readonly tieBreak?: readonly TieBreak[];
  readonly late?: Expr;
  readonly void?: Expr;
  readonly policies?: Policies;
}

export type Mode = 'sum' | 'first' | 'max';

/** How `div` rounds: down, up, towards zero, to the nearest with halves up (towards +∞), or with halves to the even number. */
export type Rounding = (typeof ROUNDINGS)[number];

export const ROUNDINGS = ['floor', 'ceil', 'trunc', 'half-up', 'half-even'] as const;
