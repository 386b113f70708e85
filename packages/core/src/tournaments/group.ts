import { shown } from '../text/shown.ts';
import type { Cards } from './conduct.ts';
import { checkScoreline, type Scoreline } from './scoreline.ts';
import { TournamentError } from './tournament-error.ts';

/** A match of a group that was played; matches to come are left out. */
export interface GroupMatch {
  readonly home: string;
  readonly away: string;
  readonly scoreline: Scoreline;
  readonly homeCards?: Cards;
  readonly awayCards?: Cards;
  /** A penalty shoot-out after the match that only decides who is placed higher (UEFA). */
  readonly shootout?: Scoreline;
  /** An extra match between two level teams: it decides between them and counts for nothing else (World Cups 1954 and 1958). */
  readonly playOff?: boolean;
}

/** Teams that play each other; a league is one group. */
export interface Group {
  readonly teams: readonly string[];
  readonly matches: readonly GroupMatch[];
}

const TEAMS_MAX = 256;
const MATCHES_MAX = 65_536;

/**
 * @param name what the caller calls the matches, for the error
 * @throws TournamentError `INVALID_TEAMS`, `INVALID_MATCH` or `INVALID_SCORELINE`, naming the place
 */
export function checkGroup({ teams, matches }: Group, name = 'matches'): void {
  checkTeams(teams);
  if (matches.length > MATCHES_MAX) {
    const message = `A group has at most ${MATCHES_MAX} matches, got ${matches.length}`;
    throw new TournamentError('INVALID_MATCH', message, name, matches.length);
  }
  const members = new Set(teams);
  matches.forEach((match, i) => {
    checkMatch(match, members, `${name}[${i}]`);
  });
}

function checkTeams(teams: readonly string[]): void {
  const refuse = (message: string, at: string, value: unknown): never => {
    throw new TournamentError('INVALID_TEAMS', message, at, value);
  };
  if (teams.length === 0 || teams.length > TEAMS_MAX)
    refuse(`A group has 1 to ${TEAMS_MAX} teams, got ${teams.length}`, 'teams', teams.length);
  const seen = new Set<string>();
  teams.forEach((team, i) => {
    if (typeof team !== 'string' || team === '')
      refuse(`A team needs a name, got ${shown(team)} at teams[${i}]`, `teams[${i}]`, team);
    if (seen.has(team)) refuse(`A team is in a group once, got "${team}" again at teams[${i}]`, `teams[${i}]`, team);
    seen.add(team);
  });
}

function checkMatch(match: GroupMatch, members: ReadonlySet<string>, at: string): void {
  for (const side of ['home', 'away'] as const) {
    if (members.has(match[side])) continue;
    const message = `The teams of a match are in its group, got ${shown(match[side])} at ${at}.${side}; the group is ${[...members].join(', ')}`;
    throw new TournamentError('INVALID_MATCH', message, `${at}.${side}`, match[side]);
  }
  if (match.home === match.away) {
    const message = `A match has two teams, got "${match.home}" twice at ${at}`;
    throw new TournamentError('INVALID_MATCH', message, at, match.home);
  }
  checkScoreline(match.scoreline, `${at}.scoreline`);
  if (match.shootout === undefined) return;
  checkScoreline(match.shootout, `${at}.shootout`);
  if (match.shootout[0] !== match.shootout[1]) return;
  const message = `A shoot-out has a winner, got ${match.shootout.join('-')} at ${at}.shootout`;
  throw new TournamentError('INVALID_SCORELINE', message, `${at}.shootout`, match.shootout);
}
