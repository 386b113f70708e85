import type { KnockoutResult } from '../tournaments/knockout.ts';

/** What became of a match. `awarded`: decided at the table, with the scoreline that was awarded. */
export type MatchStatus = (typeof MATCH_STATUSES)[number];
export const MATCH_STATUSES = ['scheduled', 'played', 'postponed', 'abandoned', 'awarded', 'cancelled'] as const;

/**
 * What is known of a match. The goals of an abandoned match are those when it was abandoned, of an awarded one those that
 * were awarded, both as `normalTime`.
 */
export interface MatchResult extends Partial<KnockoutResult> {
  readonly status: MatchStatus;
}
