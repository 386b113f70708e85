import { checkGroup, type Group } from './group.ts';
import { type Decision, orderByCriteria, type TiedClass } from './order.ts';
import { checkRules, type StandingsRules, type TieFacts } from './standings-rules.ts';
import { type Tally, tally } from './tally.ts';

/** A team's line in the table of its group. */
export interface Standing extends Readonly<Tally> {
  readonly team: string;
  /** 1 is best; teams that nothing decides between share a rank, and the next rank is skipped. */
  readonly rank: number;
  readonly goalDifference: number;
  /** What placed the team below the one above it; absent for the first and for those who share a rank with the one above. */
  readonly decidedBy?: Decision;
}

/**
 * The table of a group or league, best first. It does not depend on the order of teams or matches; teams that share a
 * rank stand in alphabetical order (by code unit).
 *
 * @param rules how to order, such as {@link fifa2026}
 * @param facts what only draws and rankings can decide; without them such teams share a rank
 * @throws TournamentError for teams, matches, cards or rules that cannot be
 */
export function standings(group: Group, rules: StandingsRules, facts: TieFacts = {}): Standing[] {
  checkGroup(group);
  checkRules(rules);
  const table = tally(group.teams, group.matches, rules);
  const context = { matches: group.matches, rules, facts, table };
  return lines(orderByCriteria(group.teams.toSorted(byCodeUnit), rules.order, context), table);
}

/**
 * Orders equally placed teams of different groups, such as the third-placed ones, by `rules.acrossGroups`.
 *
 * @param places each team's standing in its own group; a team appears once
 * @returns the same standings with their rank among each other
 * @throws TournamentError `INVALID_TEAMS`, `INVALID_RULES`
 */
export function rankAcrossGroups(places: readonly Standing[], rules: StandingsRules, facts: TieFacts = {}): Standing[] {
  const teams = places.map((place) => place.team);
  checkGroup({ teams, matches: [] });
  checkRules(rules);
  const table = new Map(places.map((place) => [place.team, place]));
  const context = { matches: [], rules, facts, table };
  return lines(orderByCriteria(teams.toSorted(byCodeUnit), rules.acrossGroups, context), table);
}

function lines(classes: readonly TiedClass[], table: ReadonlyMap<string, Tally>): Standing[] {
  const result: Standing[] = [];
  for (const { teams, decidedBy } of classes) {
    const rank = result.length + 1;
    teams.forEach((team, i) => {
      const sums = table.get(team) as Tally;
      const { played, wins, draws, losses, goalsFor, goalsAgainst, points, conduct } = sums;
      const goalDifference = goalsFor - goalsAgainst;
      const line = { rank, team, played, wins, draws, losses, goalsFor, goalsAgainst, goalDifference, points, conduct };
      result.push(i === 0 && decidedBy !== undefined ? { ...line, decidedBy } : line);
    });
  }
  return result;
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
