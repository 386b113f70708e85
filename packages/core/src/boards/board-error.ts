/**
 * What is wrong with a board's input.
 *
 * - `BOARD_INVALID`: a definition that no board can follow, such as an average of the best 0
 * - `FACT_INVALID`: a fact without its subject, a value or its time, or with a value that is no safe integer
 * - `FACTS_DISAGREE`: two facts with one subject, id and revision that do not say the same
 * - `WINDOW_INVALID`: an unknown time zone, a moment that is no time, a tournament that ends before it starts
 * - `PRIZES_INVALID`: a prize table with a place twice, a weight or pool that is no whole number, entries out of order
 * - `OUT_OF_RANGE`: a total beyond 2^53 − 1, or more decay steps than are computed
 */
export type BoardErrorCode =
  | 'BOARD_INVALID'
  | 'FACT_INVALID'
  | 'FACTS_DISAGREE'
  | 'WINDOW_INVALID'
  | 'PRIZES_INVALID'
  | 'OUT_OF_RANGE';

/** Thrown for input that a caller can only have made by mistake; a stable `code`, and the `value` that is wrong. */
export class BoardError extends Error {
  override readonly name = 'BoardError';
  readonly code: BoardErrorCode;
  readonly value: unknown;

  constructor(code: BoardErrorCode, message: string, value?: unknown) {
    super(message);
    this.code = code;
    this.value = value;
  }
}
