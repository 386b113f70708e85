/**
 * What a load test cannot go on with. A budget that is missed is never an error: it is a verdict.
 *
 * - `BUDGETS_INVALID`, `MEASUREMENTS_INVALID`, `BASELINE_INVALID`, `RESULT_INVALID`: a file that is not as its schema has it
 * - `OPTION_INVALID`: an argument that means nothing
 * - `TOO_FEW_MEASUREMENTS`: fewer than a statistic needs to say anything
 * - `FILE_UNREADABLE`: a file that cannot be read or written
 * - `NOT_EXPENDABLE`: a database that does not say that it may be emptied
 * - `ENVIRONMENT_MISSING`: what was asked for is not on this machine; the process ends with 5
 * - `RUN_FAILED`: a scenario that did not come to its end, so that nothing was measured
 */
export type LoadtestErrorCode =
  | 'BUDGETS_INVALID'
  | 'MEASUREMENTS_INVALID'
  | 'BASELINE_INVALID'
  | 'RESULT_INVALID'
  | 'OPTION_INVALID'
  | 'TOO_FEW_MEASUREMENTS'
  | 'FILE_UNREADABLE'
  | 'NOT_EXPENDABLE'
  | 'ENVIRONMENT_MISSING'
  | 'RUN_FAILED';

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
