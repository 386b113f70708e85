import { conductPoints } from './conduct.ts';
import type { GroupMatch } from './group.ts';
import type { StandingsRules } from './standings-rules.ts';

/** One team's sums over some matches. */
export interface Tally {
  played: number;
  wins: number;
  draws: number;
  losses: number;
  goalsFor: number;
  goalsAgainst: number;
  points: number;
  conduct: number;
}

/** Sums for each of the teams, over the matches that both teams of are among them; play-offs stay outside. */
export function tally(
  teams: readonly string[],
  matches: readonly GroupMatch[],
  rules: Pick<StandingsRules, 'points' | 'conduct'>,
): Map<string, Tally> {
  const sums = new Map(teams.map((team) => [team, nothing()]));
  matches.forEach((match, i) => {
    const home = sums.get(match.home);
    const away = sums.get(match.away);
    if (home === undefined || away === undefined || match.playOff === true) return;
    const [homeGoals, awayGoals] = match.scoreline;
    record(home, homeGoals, awayGoals, rules);
    record(away, awayGoals, homeGoals, rules);
    if (match.homeCards) home.conduct += conductPoints(match.homeCards, rules.conduct, `matches[${i}].homeCards`);
    if (match.awayCards) away.conduct += conductPoints(match.awayCards, rules.conduct, `matches[${i}].awayCards`);
  });
  return sums;
}

function nothing(): Tally {
  return { played: 0, wins: 0, draws: 0, losses: 0, goalsFor: 0, goalsAgainst: 0, points: 0, conduct: 0 };
}

function record(sum: Tally, own: number, other: number, { points }: Pick<StandingsRules, 'points'>): void {
  sum.played++;
  sum.goalsFor += own;
  sum.goalsAgainst += other;
  if (own > other) sum.wins++;
  else if (own === other) sum.draws++;
  else sum.losses++;
  sum.points += own > other ? points.win : own === other ? points.draw : points.loss;
}
