import type { Group, GroupMatch } from './group.ts';

/**
 * Finds the groups of a stage in its matches: teams that play each other, directly or through others, are a group.
 *
 * @param matches all matches of one group stage
 * @returns groups and their teams in order of first appearance
 */
export function groupsFromMatches(matches: readonly GroupMatch[]): Group[] {
  const groups: { teams: string[]; matches: GroupMatch[] }[] = [];
  const groupOf = (team: string) => groups.find(({ teams }) => teams.includes(team));
  for (const match of matches) {
    const home = groupOf(match.home) ?? { teams: [match.home], matches: [] };
    const away = groupOf(match.away) ?? { teams: [match.away], matches: [] };
    if (!groups.includes(home)) groups.push(home);
    if (home !== away) {
      home.teams.push(...away.teams);
      home.matches.push(...away.matches);
      const merged = groups.indexOf(away);
      if (merged >= 0) groups.splice(merged, 1);
    }
    home.matches.push(match);
  }
  return groups;
}
