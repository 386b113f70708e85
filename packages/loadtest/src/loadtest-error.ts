/**
 * What a load test cannot go on with. A budget that is missed is never an error: it is a verdict.
 *
 * - `BUDGETS_INVALID`, `MEASUREMENTS_INVALID`, `BASELINE_INVALID`, `RESULT_INVALID`: a file that is not as its schema has it
 * - `OPTION_INVALID`: an argument that means nothing
 * - `TOO_FEW_MEASUREMENTS`: fewer than a statistic needs to say anything
 * - `FILE_UNREADABLE`: a file that cannot be read or written
 */
export type LoadtestErrorCode =
  | 'BUDGETS_INVALID'
  | 'MEASUREMENTS_INVALID'
  | 'BASELINE_INVALID'
  | 'RESULT_INVALID'
  | 'OPTION_INVALID'
  | 'TOO_FEW_MEASUREMENTS'
  | 'FILE_UNREADABLE';

/** A mistake in what was given; `fields` hold the facts of the message. */
export class LoadtestError extends Error {
  override readonly name = 'LoadtestError';
  readonly code: LoadtestErrorCode;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(code: LoadtestErrorCode, message: string, fields: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.fields = fields;
  }
}
