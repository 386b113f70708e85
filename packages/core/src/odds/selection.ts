import type { Amount } from './rational.ts';

/** What a bet is on. Lines are the selection's own: `{ pick: 'away', line: 0.75 }` gives the away side 0.75 goals. */
export type Selection = MatchSelection | OutrightSelection;

export type MatchSelection =
  | { readonly market: '1x2'; readonly pick: 'home' | 'draw' | 'away' }
  | { readonly market: 'double-chance'; readonly pick: 'home-draw' | 'home-away' | 'draw-away' }
  /** A draw gives the stake back. */
  | { readonly market: 'draw-no-bet'; readonly pick: 'home' | 'away' }
  /** Goals of both sides over or under a line; on the line exactly the stake comes back; quarter lines are two half bets. */
  | { readonly market: 'total'; readonly pick: 'over' | 'under'; readonly line: Amount }
  /** Asian handicap: the line is added to the pick's goals; -0.75 is half a bet at -0.5 and half at -1. */
  | { readonly market: 'handicap'; readonly pick: 'home' | 'away'; readonly line: Amount }
  | { readonly market: 'correct-score'; readonly home: number; readonly away: number };

/** A runner to finish among the first `places` (1, to win, unless said otherwise). */
export interface OutrightSelection {
  readonly market: 'outright';
  readonly runner: string;
  readonly places?: number;
}

export type Result = MatchResult | OutrightResult | VoidResult;

/** The scoreline that counts for the market, normally after 90 minutes. */
export interface MatchResult {
  readonly type: 'match';
  readonly home: number;
  readonly away: number;
}

/** Who finished where. Runners with the same position are in a dead heat: two on 1 are followed by one on 3. */
export interface OutrightResult {
  readonly type: 'outright';
  readonly positions: Readonly<Record<string, number>>;
  /** Started but unplaced, or not finished: a bet on them loses. */
  readonly others?: readonly string[];
  /** Never started: a bet on them is void. */
  readonly nonRunners?: readonly string[];
}

/** Abandoned, postponed beyond the rules, or annulled: stakes come back. */
export interface VoidResult {
  readonly type: 'void';
  readonly reason?: string;
}
