import { type Qualification, qualified } from './qualified.ts';
import { rankAcrossGroups, type Standing } from './standings.ts';
import type { StandingsRules, TieFacts } from './standings-rules.ts';
import { TournamentError } from './tournament-error.ts';

/** The third-placed teams among each other. */
export interface BestThirds extends Qualification {
  /** All third-placed teams, best first. */
  readonly ranking: readonly Standing[];
  /** Letters of the groups that the qualified ones come from, in alphabetical order: the key of the pairing table. */
  readonly groups: string;
}

/**
 * Ranks the third-placed teams of all groups and takes the best.
 *
 * @param groups final tables by the group's letter
 * @param count how many go through
 * @throws TournamentError `INVALID_TEAMS` for a group in which no single team is third: give the facts that decide it
 */
export function bestThirds(
  groups: Readonly<Record<string, readonly Standing[]>>,
  count: number,
  rules: StandingsRules,
  facts: TieFacts = {},
): BestThirds {
  const letters = new Map<string, string>();
  const thirds = Object.entries(groups).map(([letter, table]) => {
    const [third, ...others] = table.filter(({ rank }) => rank === 3);
    if (third === undefined || others.length > 0) {
      const message = `Group ${letter} has no team that is third alone: ${table.map(({ team, rank }) => `${rank} ${team}`).join(', ')}`;
      throw new TournamentError('INVALID_TEAMS', message, `groups.${letter}`, table);
    }
    letters.set(third.team, letter);
    return third;
  });
  const ranking = rankAcrossGroups(thirds, rules, facts);
  const through = qualified(ranking, count);
  const from = through.qualified.map((team) => letters.get(team) ?? '');
  return { ...through, ranking, groups: from.sort().join('') };
}
