import { readFileSync } from 'node:fs';
import { uuidOf } from './uuid.ts';

/** One of the 48 teams. */
export interface Team {
  readonly id: string;
  /** 1 to 48 in the order of their names, so that the number says nothing about the group. */
  readonly number: number;
  readonly name: string;
  readonly code: string;
  /** 1 (A) to 12 (L). */
  readonly group: number;
  /** Whether it headed its group, which was known before the draw. */
  readonly seeded: boolean;
  /** Elo points on the eve of the tournament. */
  readonly rating: number;
}

/** One of the 104 matches. */
export interface Fixture {
  readonly id: string;
  /** 1 to 104 by kick-off. */
  readonly number: number;
  readonly stage: string;
  /** Date of the kick-off where it was played, such as 2026-06-11. */
  readonly day: string;
  readonly kickoffAt: Date;
  readonly home: Team;
  readonly away: Team;
  /** After 90 minutes, which is what the contest counts. */
  readonly result: { readonly home: number; readonly away: number };
}

/** The 2026 World Cup as it was played. */
export interface Tournament {
  /** By number: the first is number 1. */
  readonly teams: readonly Team[];
  readonly fixtures: readonly Fixture[];
}

/** Reads the tournament from the data files beside this example. */
export function readTournament(): Tournament {
  const teams = readTeams();
  return { teams, fixtures: readFixtures(new Map(teams.map((team) => [team.name, team]))) };
}

interface MatchRecord {
  readonly round: string;
  readonly date: string;
  readonly time: string;
  readonly team1: string;
  readonly team2: string;
  readonly group?: string;
  readonly score: { readonly ft: readonly [number, number] };
}

function readTeams(): Team[] {
  const { groups } = readJson<{ groups: readonly { name: string; teams: readonly string[] }[] }>(
    'worldcup.groups.json',
  );
  const ratings = readJson<Readonly<Record<string, number>>>('ratings.json');
  const codes = new Map(
    readJson<readonly { name: string; fifa_code: string }[]>('worldcup.teams.json').map((team) => [
      team.name,
      team.fifa_code,
    ]),
  );
  return groups
    .flatMap(({ name, teams }) =>
      teams.map((team, place) => ({ name: team, group: name.charCodeAt('Group '.length) - 64, seeded: place === 0 })),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((team, index) => ({
      ...team,
      id: uuidOf(`team ${team.name}`),
      number: index + 1,
      code: known(codes, team.name),
      rating: known(new Map(Object.entries(ratings)), team.name),
    }));
}

function readFixtures(teams: ReadonlyMap<string, Team>): Fixture[] {
  const { matches } = readJson<{ matches: readonly MatchRecord[] }>('worldcup.json');
  const played = new Map<string, number>();
  return matches
    .map((match) => ({ match, kickoffAt: kickoff(match) }))
    .sort((a, b) => a.kickoffAt.getTime() - b.kickoffAt.getTime())
    .map(({ match, kickoffAt }, index) => {
      const turn = (played.get(match.team1) ?? 0) + 1;
      for (const team of [match.team1, match.team2]) played.set(team, turn);
      const [home, away] = match.score.ft;
      return {
        id: uuidOf(`fixture ${index + 1}`),
        number: index + 1,
        stage: match.group === undefined ? match.round : `Group stage, round ${turn}`,
        day: match.date,
        kickoffAt,
        home: known(teams, match.team1),
        away: known(teams, match.team2),
        result: { home, away },
      };
    });
}

/** `2026-06-11` and `13:00 UTC-6` as an instant. */
function kickoff({ date, time }: MatchRecord): Date {
  const [, clock, sign, hours = '0'] = /^(\d\d:\d\d) UTC([+-])(\d+)$/.exec(time) ?? [];
  const at = new Date(`${date}T${clock}:00${sign}${hours.padStart(2, '0')}:00`);
  if (Number.isNaN(at.getTime())) throw new Error(`worldcup.json has a kick-off that is no time: ${date} ${time}`);
  return at;
}

function known<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name);
  if (value === undefined) throw new Error(`The data files do not agree on the team "${name}"`);
  return value;
}

const readJson = <T>(file: string): T =>
  JSON.parse(readFileSync(new URL(`../../data/${file}`, import.meta.url), 'utf8')) as T;
