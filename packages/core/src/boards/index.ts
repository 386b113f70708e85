/** Leaderboards: scores over facts, windows of time, ranks, prizes. */
export { type Board, type BoardRules, foldBoard, mergeBoards, type TieRule } from './board.ts';
export { BoardError, type BoardErrorCode } from './board-error.ts';
export type { BoardFact } from './fact.ts';
export type { Decay, Operator } from './operator.ts';
export { type Payout, type Prize, type PrizeTable, payPrizes, type Ranked } from './prizes.ts';
export { type RankMethod, type RankStart, rankOfEquals, rankOrdered } from './rank.ts';
export { type RankOptions, rankBoard, type Standing } from './rank-board.ts';
export { mergeTallies, reachedAt, type ScoreColumn, type Tally, tallyFact, tallyScore } from './tally.ts';
export { type TimeWindow, type Windowing, windowAt, windowBeside } from './window.ts';
