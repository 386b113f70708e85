import { shown } from '../text/shown.ts';
import { TournamentError } from './tournament-error.ts';

/** Goals of the home team, goals of the away team: 2-1 is `[2, 1]`. On neutral ground home is the team named first. */
export type Scoreline = readonly [home: number, away: number];

const GOALS_MAX = 999;

/** @throws TournamentError `INVALID_SCORELINE` unless both numbers are whole and from 0 to 999 */
export function checkScoreline(scoreline: Scoreline, at: string): void {
  if (Array.isArray(scoreline) && scoreline.length === 2 && scoreline.every(isGoals)) return;
  const message = `A scoreline is two whole numbers from 0 to ${GOALS_MAX}, got ${written(scoreline)} at ${at}`;
  throw new TournamentError('INVALID_SCORELINE', message, at, scoreline);
}

/** The first numbers of it, so that a mistake among them is seen. */
function written(scoreline: unknown): string {
  return Array.isArray(scoreline) ? `[${scoreline.slice(0, 3).map(shown).join(',')}]` : shown(scoreline);
}

function isGoals(goals: unknown): boolean {
  return Number.isInteger(goals) && Number(goals) >= 0 && Number(goals) <= GOALS_MAX;
}
