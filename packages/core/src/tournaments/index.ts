/** Tournaments: standings with tie-breakers as data, best thirds, knockout matches, brackets. */
export { type BestThirds, bestThirds } from './best-thirds.ts';
export { type Bracket, type BracketFacts, type BracketMatch, type FilledMatch, fillBracket } from './bracket.ts';
export { type Cards, type ConductScale, conductPoints } from './conduct.ts';
export { fifa2026Bracket } from './data/fifa-2026-bracket.ts';
export { fifa2026Pairings } from './data/fifa-2026-pairings.ts';
export type { Group, GroupMatch } from './group.ts';
export { type Chance, type GroupFixture, groupOutlook, type Outlook, type OutlookOptions } from './group-outlook.ts';
export { groupsFromMatches } from './groups-from-matches.ts';
export { type KnockoutResult, type KnockoutWinner, knockoutWinner, type Phase, scorelineAfter } from './knockout.ts';
export type { Decision } from './order.ts';
export { type Qualification, qualified } from './qualified.ts';
export type { Scoreline } from './scoreline.ts';
export { seededBracket } from './seeded-bracket.ts';
export { rankAcrossGroups, type Standing, standings } from './standings.ts';
export {
  type Criterion,
  fifa2022,
  fifa2026,
  type HeadToHead,
  type StandingsRules,
  type TieBreaker,
  type TieFacts,
  uefa2024,
} from './standings-rules.ts';
export type { Tally } from './tally.ts';
export { type PairingTable, thirdPlacePairings } from './third-place-pairings.ts';
export { TournamentError, type TournamentErrorCode } from './tournament-error.ts';
