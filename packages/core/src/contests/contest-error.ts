/** What is wrong with an argument of a contest's function. */
export type ContestErrorCode = 'DUPLICATE_PICK' | 'SNAPSHOT_INVALID' | 'LIMIT_EXCEEDED' | 'OUT_OF_RANGE';

/** Thrown for input that a caller can only have made by mistake; a stable `code`, and the `value` that is wrong. */
export class ContestError extends Error {
  override readonly name: string = 'ContestError';
  readonly code: ContestErrorCode;
  readonly value: unknown;

  constructor(code: ContestErrorCode, message: string, value?: unknown) {
    super(message);
    this.code = code;
    this.value = value;
  }
}
