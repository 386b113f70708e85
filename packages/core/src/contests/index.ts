/** Prediction contests: presets as data, entries, crowd snapshots, policies, a linter for rule sets, and what-if. */
export {
  type BracketPoints,
  bracketPoints,
  espnBracket,
  seedBracket,
  seedTimesRoundBracket,
  upsetBracket,
} from './bracket.ts';
export { parseBracketEntry } from './bracket-entry.ts';
export { type ClosestPicks, closestPicks } from './closest-picks.ts';
export { type ConfidencePick, parseConfidenceEntry } from './confidence-entry.ts';
export { confidencePool } from './confidence-pool.ts';
export { ContestError, type ContestErrorCode } from './contest-error.ts';
export {
  type ContestPolicies,
  defaultPolicies,
  fillMissing,
  joiningPoints,
  type Settlement,
  settle,
  settleRound,
  withMatchStatus,
} from './contest-policies.ts';
export { crowdPercentage } from './crowd-percentage.ts';
export {
  assertCrowdSnapshot,
  type CrowdMatch,
  type CrowdPick,
  type CrowdSnapshot,
  crowdCounts,
  crowdSnapshot,
} from './crowd-snapshot.ts';
export { doubleOrDeduct } from './double-or-deduct.ts';
export { drawContest } from './draw-contest.ts';
export { parseDrawEntry } from './draw-entry.ts';
export type { EntryError, EntryErrorCode, ParsedEntry } from './entry.ts';
export { fiveThreeTwo } from './five-three-two.ts';
export { kicktipp } from './kicktipp.ts';
export { kicktippModified } from './kicktipp-modified.ts';
export { kicktippQuota } from './kicktipp-quota.ts';
export { type Evidence, type Finding, type LintOptions, type LintReport, lintRuleSet } from './lint/lint-rule-set.ts';
export type { NaiveStrategies, NaiveStrategy } from './lint/naive-strategies.ts';
export { grandSlam, marginContest } from './margin.ts';
export { MATCH_STATUSES, type MatchResult, type MatchStatus } from './match-result.ts';
export { withJoker, withStageMultiplier } from './modifiers.ts';
export { oddsPoints, oddsPointsPlus } from './odds-points.ts';
export { type MatchOutcome, type OpenMatch, openMatch, type PossibleOutcome, scorelines } from './open-match.ts';
export { pariMutuel } from './pari-mutuel.ts';
export { type PotEntry, type PotShare, type PotShares, potShares } from './pot-shares.ts';
export { contestPresets } from './presets.ts';
export { parseScorelineEntry, type ScorelineEntryRules, type ScorelinePrediction } from './scoreline-entry.ts';
export { threeOne } from './three-one.ts';
export { groupBonus, groupOrder, stageBonus } from './tournament-bonus.ts';
export { uefaPredictor } from './uefa-predictor.ts';
export { type NeededResult, type WhatIf, type WhatIfQuestion, whatIf } from './what-if.ts';
