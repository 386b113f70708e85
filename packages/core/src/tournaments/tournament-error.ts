/**
 * What is wrong with a tournament's input.
 *
 * - `INVALID_TEAMS`: teams missing, repeated, without a name, or too many
 * - `INVALID_MATCH`: a match of a team with itself or of a team outside the group, or too many matches
 * - `INVALID_SCORELINE`: goals that are no whole number from 0 to 999, fewer goals after extra time than before it, an undecided shoot-out
 * - `INVALID_CARDS`: a number of cards that is no whole number from 0 to 99
 * - `INVALID_RULES`: rules that cannot be followed, such as an unknown criterion
 * - `INVALID_PAIRING`: qualified groups that the table of pairings does not list
 * - `INVALID_BRACKET`: a slot that cannot be read, a match that refers to itself or to none, a result without its match
 */
export type TournamentErrorCode =
  | 'INVALID_TEAMS'
  | 'INVALID_MATCH'
  | 'INVALID_SCORELINE'
  | 'INVALID_CARDS'
  | 'INVALID_RULES'
  | 'INVALID_PAIRING'
  | 'INVALID_BRACKET';

/** Input that no tournament could have; `at` says where in it, `value` what was found there. */
export class TournamentError extends Error {
  override readonly name = 'TournamentError';
  readonly code: TournamentErrorCode;
  /** Path into the argument, such as `matches[3].scoreline`. */
  readonly at: string;
  readonly value: unknown;

  constructor(code: TournamentErrorCode, message: string, at: string, value: unknown) {
    super(message);
    this.code = code;
    this.at = at;
    this.value = value;
  }
}
