/** What can be wrong with odds, probabilities, stakes or results; stable, for programs. */
export type OddsErrorCode =
  | 'ODDS_MALFORMED'
  | 'ODDS_OUT_OF_RANGE'
  | 'PROBABILITY_OUT_OF_RANGE'
  | 'MARKET_INVALID'
  | 'AMOUNT_INVALID'
  | 'OPTION_INVALID'
  | 'RESULT_MISMATCH';

/** An input that has no meaning. `message` names the value, its place and what would fit; `fields` holds the facts. */
export class OddsError extends Error {
  override readonly name = 'OddsError';
  readonly code: OddsErrorCode;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(code: OddsErrorCode, message: string, fields: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.fields = fields;
  }
}
