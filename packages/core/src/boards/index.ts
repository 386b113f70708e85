/** Leaderboards: ranks over entries in order. */
export { type RankMethod, type RankStart, rankOrdered } from './rank.ts';
