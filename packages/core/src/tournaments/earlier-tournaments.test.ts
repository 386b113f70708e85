import { describe, expect, test } from 'vitest';
import type { Group, GroupMatch } from './group.ts';
import { groupsFromMatches } from './groups-from-matches.ts';
import { qualified } from './qualified.ts';
import { rankAcrossGroups, standings } from './standings.ts';
import { fifa2022, type StandingsRules, type TieFacts, uefa2024 } from './standings-rules.ts';
import { type DatedMatch, realMatches } from './testing/real-matches.ts';

/**
 * Real results since 1930: martj42/international_results. Groups are who played whom; who really went through is who
 * appears in the matches of the next stage.
 */
interface Stage {
  readonly year: number;
  /** How many matches of the tournament come before; default 0. */
  readonly after?: number;
  /** How many matches, by date. */
  readonly matches: number;
  readonly groups: number;
  readonly through: number;
  readonly bestThirds?: number;
  readonly rules: StandingsRules;
  /** How many matches the qualified teams are looked up in. */
  readonly next: number;
}

const twoForAWin = { win: 2, draw: 1, loss: 0 };
const points: StandingsRules = { ...fifa2022, points: twoForAWin, order: ['points'], acrossGroups: ['points'] };
const playOff: StandingsRules = { ...points, order: ['points', 'playOff'] };
const goalAverage: StandingsRules = { ...points, order: ['points', 'goalAverage'] };
const difference: StandingsRules = { ...fifa2022, points: twoForAWin };
const eight = { groups: 8, through: 2, matches: 48, next: 8, rules: fifa2022 };
const six = { groups: 6, through: 2, bestThirds: 4, matches: 36, next: 8 };
const four = { groups: 4, through: 2, matches: 24, next: 4 };

const worldCups: readonly Stage[] = [
  { year: 1930, groups: 4, through: 1, matches: 15, next: 2, rules: points },
  { year: 1950, groups: 4, through: 1, matches: 16, next: 6, rules: points },
  { year: 1954, ...four, matches: 18, rules: playOff },
  { year: 1958, ...four, matches: 27, rules: playOff },
  { year: 1962, ...four, rules: goalAverage },
  { year: 1966, ...four, rules: goalAverage },
  { year: 1970, ...four, rules: difference },
  { year: 1974, ...four, next: 12, rules: difference },
  { year: 1974, after: 24, groups: 2, through: 2, matches: 12, next: 2, rules: difference },
  { year: 1978, ...four, next: 12, rules: difference },
  { year: 1978, after: 24, groups: 2, through: 2, matches: 12, next: 2, rules: difference },
  { year: 1982, groups: 6, through: 2, matches: 36, next: 12, rules: difference },
  { year: 1982, after: 36, groups: 4, through: 1, matches: 12, next: 2, rules: difference },
  { year: 1986, ...six, rules: difference },
  { year: 1994, ...six, rules: fifa2022 },
  { year: 1998, ...eight },
  { year: 2002, ...eight },
  { year: 2006, ...eight },
  { year: 2010, ...eight },
  { year: 2014, ...eight },
  { year: 2022, ...eight },
];

const euros: readonly Stage[] = [
  ...[1996, 2000, 2004, 2008, 2012].map((year) => ({ year, ...four, rules: uefa2024 })),
  ...[2016, 2021].map((year) => ({ year, ...six, rules: uefa2024 })),
];

describe('the teams that went through come out of the results alone', () => {
  test.each(worldCups)('World Cup $year, $groups groups', (stage) => {
    const { computed, undecided, real } = play(realMatches('world-cups', stage.year), stage);
    expect(undecided).toEqual([]);
    expect(computed).toEqual(real);
  });

  test.each(euros)('European Championship $year, $groups groups', (stage) => {
    const { computed, undecided, real } = play(realMatches('euros', stage.year), stage);
    expect(undecided).toEqual([]);
    expect(computed).toEqual(real);
  });

  test('and the last group of 1950 makes Uruguay champion before Brazil', () => {
    const [group] = groupsFromMatches(realMatches('world-cups', 1950).slice(16));
    const table = standings(group as Group, points).map(({ team }) => team);
    expect(table).toEqual(['Uruguay', 'Brazil', 'Sweden', 'Spain']);
  });
});

describe('where the results alone leave teams level', () => {
  const real2018 = realMatches('world-cups', 2018);
  const stage2018 = { year: 2018, ...eight };

  test('2018: nothing but cards is between Japan and Senegal, so neither is through', () => {
    const { computed, undecided, real } = play(real2018, stage2018);
    expect(undecided).toEqual(['Japan', 'Senegal']);
    expect(real.filter((team) => !computed.includes(team))).toEqual(['Japan']);
  });

  test('2018: Japan is through with 4 yellow cards to 6', () => {
    // Cards of group H as FIFA counted them: fair-play points -4 and -6. Here all of them stand in the first match.
    const carded = real2018.map((match): DatedMatch => {
      if (match.home === 'Colombia' && match.away === 'Japan') return { ...match, awayCards: { yellow: 4 } };
      if (match.home === 'Poland' && match.away === 'Senegal') return { ...match, awayCards: { yellow: 6 } };
      return match;
    });
    const { computed, undecided, real, tables } = play(carded, stage2018);
    expect(undecided).toEqual([]);
    expect(computed).toEqual(real);
    const senegal = tables.flat().find(({ team }) => team === 'Senegal');
    expect(senegal).toMatchObject({ rank: 3, conduct: -6, decidedBy: { criterion: 'conduct' } });
  });

  test('1990: lots placed Ireland before the Netherlands; either way both are through', () => {
    const matches = realMatches('world-cups', 1990);
    const stage = { year: 1990, ...six, rules: difference };
    expect(play(matches, stage).undecided).toEqual(['Netherlands', 'Republic of Ireland']);
    for (const lots of [
      ['Republic of Ireland', 'Netherlands'],
      ['Netherlands', 'Republic of Ireland'],
    ]) {
      const { computed, undecided, real, tables } = play(matches, stage, { lots });
      expect(undecided).toEqual([]);
      expect(computed).toEqual(real);
      expect(tables.flatMap((table) => table.filter(({ decidedBy }) => decidedBy?.criterion === 'lots'))).toMatchObject(
        [{ rank: 3, team: lots[1] }],
      );
    }
  });

  test('2024: the ranking of the qualifiers placed Denmark before Slovenia', () => {
    const matches = realMatches('euros', 2024);
    const stage = { year: 2024, ...six, rules: uefa2024 };
    expect(play(matches, stage).undecided).toEqual(['Denmark', 'Slovenia']);
    const { computed, real } = play(matches, stage, { ranking: ['Denmark', 'Slovenia'] });
    expect(computed).toEqual(real);
  });
});

test('the rules matter: by goal difference Italy instead of the Czech Republic would have gone on in 1996', () => {
  const { computed, real } = play(realMatches('euros', 1996), { year: 1996, ...four, rules: fifa2022 });
  expect(computed.filter((team) => !real.includes(team))).toEqual(['Italy']);
  expect(real.filter((team) => !computed.includes(team))).toEqual(['Czech Republic']);
});

function play(all: readonly DatedMatch[], stage: Stage, facts: TieFacts = {}) {
  const matches = all.slice(stage.after);
  const groups = groupsFromMatches(markPlayOffs(matches.slice(0, stage.matches)));
  expect(groups).toHaveLength(stage.groups);
  const tables = groups.map((group) => standings(group, stage.rules, facts));
  const lines = tables.map((table) => qualified(table, stage.through));
  const thirds = tables.map((table) => table[2]).filter((line) => line !== undefined);
  if (stage.bestThirds !== undefined)
    lines.push(qualified(rankAcrossGroups(thirds, stage.rules, facts), stage.bestThirds));
  const next = matches.slice(stage.matches, stage.matches + stage.next);
  return {
    computed: lines.flatMap((line) => line.qualified).sort(),
    undecided: lines.flatMap((line) => line.undecided),
    real: [...new Set(next.flatMap(({ home, away }) => [home, away]))].sort(),
    tables,
  };
}

/** Two teams that meet again in their group play it off. */
function markPlayOffs(matches: readonly DatedMatch[]): GroupMatch[] {
  const met = new Set<string>();
  return matches.map((match) => {
    const pair = [match.home, match.away].sort().join();
    if (met.has(pair)) return { ...match, playOff: true };
    met.add(pair);
    return match;
  });
}
