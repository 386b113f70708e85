import type { Expr, IntField } from '../rules/index.ts';

/** Goals of one team, 0 to 99. */
const goals: IntField = { type: 'int', min: 0, max: 99 };

/** The predicted scoreline and the real one, on the contest's goal basis. */
export const scorelineFields = { home: goals, away: goals, resultHome: goals, resultAway: goals } as const;

/** How many entrants picked the same, and how many picked at all: both come from a frozen crowd snapshot. */
export const crowdFields = {
  picked: { type: 'int', min: 0, max: 10_000_000 },
  poolTotal: { type: 'int', min: 0, max: 10_000_000 },
} as const;

const difference: Expr = ['sub', '$home', '$away'];
const resultDifference: Expr = ['sub', '$resultHome', '$resultAway'];

export const homeGoals: Expr = ['eq', '$home', '$resultHome'];
export const awayGoals: Expr = ['eq', '$away', '$resultAway'];
/** The scoreline is right. */
export const exact: Expr = ['and', homeGoals, awayGoals];
/** The goal difference is right, with its sign; so the outcome is right, too. */
export const sameDifference: Expr = ['eq', difference, resultDifference];
/** The outcome is right: home, draw or away. */
export const sameOutcome: Expr = ['eq', ['sign', difference], ['sign', resultDifference]];
/** One team's goals are right, the other's are not. */
export const oneTeamsGoals: Expr = ['eq', ['countTrue', homeGoals, awayGoals], 1];
/** The match was a draw. */
export const drawn: Expr = ['eq', resultDifference, 0];
/** The home team won. */
export const homeWon: Expr = ['lt', 0, resultDifference];

/** Parts equal totals by the number of exact scorelines. */
export const exactCount = { id: 'exactCount', value: ['if', exact, 1, 0] } as const;
