/** Goals of the home and of the away team: 2-1. */
export interface Scoreline {
  readonly home: number;
  readonly away: number;
}

/** When the goals that count were scored: up to 90 minutes, up to 120, or penalties of a shoot-out added. */
export type GoalBasis = (typeof GOAL_BASES)[number];
export const GOAL_BASES = ['regulation', 'extraTime', 'penalties'] as const;

/** What became of a match. `awarded`: decided at the table, with the scoreline that was awarded. */
export type MatchStatus = (typeof MATCH_STATUSES)[number];
export const MATCH_STATUSES = ['scheduled', 'played', 'postponed', 'abandoned', 'awarded', 'cancelled'] as const;

/** The result of a match with everything a contest may count. */
export interface MatchResult {
  readonly status: MatchStatus;
  /** After 90 minutes; of an abandoned match when it was abandoned, of an awarded one what was awarded. */
  readonly regulation?: Scoreline;
  /** After 120 minutes, the goals of the first 90 included. */
  readonly extraTime?: Scoreline;
  /** The shoot-out alone. */
  readonly penalties?: Scoreline;
}

/**
 * The scoreline on a goal basis: a match that ended 1-1, 2-2 after extra time, 4-3 on penalties is 1-1 on `regulation`, 2-2
 * on `extraTime` (a shoot-out is a draw), and 6-5 on `penalties`, as Kicktipp counts. Undefined when there is no scoreline.
 */
export function scorelineOn(basis: GoalBasis, result: MatchResult): Scoreline | undefined {
  if (basis === 'regulation' || result.regulation === undefined) return result.regulation;
  const played = result.extraTime ?? result.regulation;
  if (basis === 'extraTime' || result.penalties === undefined) return played;
  return { home: played.home + result.penalties.home, away: played.away + result.penalties.away };
}

/** The team that goes through: `home`, `away`, or undefined while the match is drawn on every count. */
export function advancing(result: MatchResult): 'home' | 'away' | undefined {
  const scoreline = scorelineOn('penalties', result);
  if (scoreline === undefined || scoreline.home === scoreline.away) return undefined;
  return scoreline.home > scoreline.away ? 'home' : 'away';
}
