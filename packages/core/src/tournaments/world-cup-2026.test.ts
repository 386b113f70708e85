import { describe, expect, test } from 'vitest';
import { bestThirds } from './best-thirds.ts';
import { fillBracket } from './bracket.ts';
import { fifa2026Bracket } from './data/fifa-2026-bracket.ts';
import { groupsFromMatches } from './groups-from-matches.ts';
import { type Standing, standings } from './standings.ts';
import { fifa2022, fifa2026 } from './standings-rules.ts';
import { worldCup2026Matches } from './testing/real-matches.ts';

/** Real matches: openfootball/worldcup.json. Every expectation below is what happened. */
const { groups: matches, knockout } = worldCup2026Matches();
const groups: Record<string, Standing[]> = Object.fromEntries(
  [...matches].map(([letter, played]) => {
    const [group, ...others] = groupsFromMatches(played);
    if (group === undefined || others.length > 0) throw new Error(`Group ${letter} falls apart`);
    return [letter, standings(group, fifa2026)];
  }),
);
const thirds = bestThirds(groups, 8, fifa2026);
const teamsOf = (round: string) =>
  knockout.filter((match) => match.round === round).flatMap((match) => [match.home, match.away]);

describe('the World Cup 2026, from its group results', () => {
  test('has twelve groups of four and no rank that its results leave open', () => {
    expect(Object.keys(groups).sort().join('')).toBe('ABCDEFGHIJKL');
    for (const table of Object.values(groups)) expect(table.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
  });

  test('sends the 32 teams to the Round of 32 that played it', () => {
    const through = Object.values(groups).flatMap((table) => table.slice(0, 2).map(({ team }) => team));
    expect([...through, ...thirds.qualified].sort()).toEqual(teamsOf('Round of 32').sort());
    expect(thirds.undecided).toEqual([]);
  });

  test('takes its best thirds from groups B D E F I J K L, with E and L level on points, difference and goals', () => {
    expect(thirds.groups).toBe('BDEFIJKL');
    const [e, l] = ['E', 'L'].map((letter) => {
      const third = thirds.ranking.find(({ team }) => team === groups[letter]?.[2]?.team);
      return third && [third.rank, third.points, third.goalDifference, third.goalsFor];
    });
    expect(e).toEqual(l);
  });

  test('pairs the 16 matches of the Round of 32 as they were played', () => {
    const pairs = (list: readonly { number: number; home: string | undefined; away: string | undefined }[]) =>
      list.slice(0, 16).map(({ number, home, away }) => [number, home, away]);
    expect(pairs(fillBracket(fifa2026Bracket, { groups, thirds: thirds.groups }))).toEqual(pairs(knockout));
  });

  test('plays every knockout match between the teams that played it, up to the final', () => {
    const results = Object.fromEntries(knockout.map(({ number, result }) => [number, result]));
    const filled = fillBracket(fifa2026Bracket, { groups, thirds: thirds.groups, results });
    expect(filled.map(({ number, round, home, away }) => ({ number, round, home, away }))).toEqual(
      knockout.map(({ number, round, home, away }) => ({ number, round, home, away })),
    );
    expect(filled.at(-1)).toMatchObject({
      round: 'Final',
      winner: 'Spain',
      loser: 'Argentina',
      decidedIn: 'extraTime',
    });
    // Four shoot-outs and, with the final, five matches decided by goals in extra time: counted in the source.
    expect(filled.filter(({ decidedIn }) => decidedIn === 'shootout')).toHaveLength(4);
    expect(filled.filter(({ decidedIn }) => decidedIn === 'extraTime')).toHaveLength(5);
  });

  test('decides group E by head-to-head', () => {
    expect(groups['E']?.filter(({ decidedBy }) => decidedBy?.headToHead)).not.toEqual([]);
    const [first, second] = groups['E'] ?? [];
    expect(second?.points).toBe(first?.points);
  });

  test('would have had the same tables under the rules of 2022', () => {
    const changed = [...matches].filter(([letter, played]) => {
      const [group] = groupsFromMatches(played);
      const order = group && standings(group, fifa2022).map(({ team }) => team);
      return order?.join() !== groups[letter]?.map(({ team }) => team).join();
    });
    expect(changed.map(([letter]) => letter)).toEqual([]);
  });
});
