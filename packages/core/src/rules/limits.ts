/** Every size a rule set may have. What is within them compiles in both back ends, in bounded time. */
export const LIMITS = {
  fields: 64,
  definitions: 64,
  /** So that the mask of rules that fired fits an int8 without its sign. */
  rules: 63,
  modifiers: 8,
  tieBreaks: 4,
  /** Reducers of a fold. */
  reducers: 8,
  /** Nested calls in one expression. */
  depth: 48,
  /** Calls, references and literals in the whole rule set; every element of a table or vector counts. */
  nodes: 4000,
  /** Operands of one call. */
  operands: 128,
  /** Operands of one `mul`, whose products cannot be regrouped. */
  factors: 8,
  /** Entries of one `lookup` or `in`, or texts of one `oneOf`. */
  entries: 512,
  /** Elements of a vector. */
  vector: 128,
  /** Code units of one text literal, `oneOf` entry or label. */
  text: 500,
} as const;

/** Every value inside an expression stays within this, where doubles are exact. */
export const MAX_VALUE: number = Number.MAX_SAFE_INTEGER;

/** Bounds of a field stay within this, where a double still tells a half from a whole. */
export const MAX_FIELD: number = 2 ** 52 - 1;

export const INT4_MIN: number = -(2 ** 31);
export const INT4_MAX: number = 2 ** 31 - 1;

/** Whether an interval lies within int4. */
export const fitsInt4 = ({ lo, hi }: { readonly lo: number; readonly hi: number }): boolean =>
  lo >= INT4_MIN && hi <= INT4_MAX;
