/** Why a rule set is refused. */
export type RuleSetErrorCode =
  /** Not the JSON that the format wants in this place. */
  | 'SHAPE'
  /** A key that the format does not know. */
  | 'UNKNOWN_KEY'
  /** An id or field name with other characters than letters, digits and `_`, or reserved. */
  | 'NAME_INVALID'
  | 'DUPLICATE_ID'
  /** Larger than one of {@link LIMITS}. */
  | 'LIMIT_EXCEEDED'
  | 'UNKNOWN_OPERATOR'
  /** Too few or too many operands. */
  | 'OPERAND_COUNT'
  /** An operand of another type than the operator takes. */
  | 'OPERAND_TYPE'
  /** `"$name"` that is neither a field nor an earlier definition. */
  | 'UNKNOWN_REFERENCE'
  /** An optional field read without `present` or `else`. */
  | 'OPTIONAL_FIELD'
  /** A literal, bound or index outside what fits there. */
  | 'OUT_OF_RANGE'
  /** A value that could leave the exact range for some row within the fields' bounds. */
  | 'OVERFLOW'
  /** A divisor that could be less than 1. */
  | 'DIVISOR'
  /** Text with a lone surrogate or U+0000, which Postgres cannot hold. */
  | 'TEXT_INVALID'
  /** `toSql` or `scoreColumns` was given no column, or one of an unreadable type, for a field. */
  | 'COLUMN_INVALID';

/** A rule set that cannot be used, or is used wrongly: what is wrong, where, and what would fit. */
export class RuleSetError extends Error {
  override readonly name = 'RuleSetError';
  readonly code: RuleSetErrorCode;
  /** Where in the rule set, as in `rules[0].when[2]`. Empty for the whole. */
  readonly path: string;
  /** What stands there, shortened when long. */
  readonly value: unknown;

  constructor(code: RuleSetErrorCode, path: string, message: string, value?: unknown) {
    super(path === '' ? message : `${path}: ${message}`);
    this.code = code;
    this.path = path;
    this.value = value;
  }
}
