import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GroupMatch } from './group.ts';
import { rankAcrossGroups, type Standing, standings } from './standings.ts';
import { type Criterion, fifa2022, fifa2026, type StandingsRules, uefa2024 } from './standings-rules.ts';

const teams = ['A', 'B', 'C', 'D'];
const match = (home: string, away: string, homeGoals: number, awayGoals: number): GroupMatch => ({
  home,
  away,
  scoreline: [homeGoals, awayGoals],
});
const order = (table: readonly Standing[]) => table.map(({ rank, team }) => `${rank} ${team}`).join(', ');

/** A beat B, B beat C, C beat A, all beat D: among A B C, first C falls behind, and then only A against B is left. */
const circle = [
  match('A', 'B', 2, 0),
  match('B', 'C', 3, 0),
  match('C', 'A', 2, 1),
  match('A', 'D', 1, 0),
  match('B', 'D', 5, 0),
  match('C', 'D', 1, 0),
];

describe('a table', () => {
  test('counts each match for both teams', () => {
    const [first] = standings({ teams, matches: circle }, fifa2026);
    const sums = {
      played: 3,
      wins: 2,
      draws: 0,
      losses: 1,
      goalsFor: 4,
      goalsAgainst: 2,
      goalDifference: 2,
      points: 6,
    };
    expect(first).toMatchObject({ team: 'A', rank: 1, conduct: 0, ...sums });
  });

  test('re-applies head-to-head to those still level (FIFA 2026, UEFA)', () => {
    expect(order(standings({ teams, matches: circle }, fifa2026))).toBe('1 A, 2 B, 3 C, 4 D');
    expect(order(standings({ teams, matches: circle }, uefa2024))).toBe('1 A, 2 B, 3 C, 4 D');
  });

  test('without re-application goes on to the whole group, where B is ahead', () => {
    const [points, headToHead, ...rest] = fifa2026.order;
    if (typeof headToHead !== 'object' || points === undefined) throw new Error('Head-to-head comes second');
    const once = { ...fifa2026, order: [points, { ...headToHead, reapply: false }, ...rest] };
    expect(order(standings({ teams, matches: circle }, once))).toBe('1 B, 2 A, 3 C, 4 D');
    expect(order(standings({ teams, matches: circle }, fifa2022))).toBe('1 B, 2 A, 3 C, 4 D');
  });

  test('says what placed a team below the one above', () => {
    const [a, b, c, d] = standings({ teams, matches: circle }, fifa2026);
    expect(a?.decidedBy).toBeUndefined();
    expect(b?.decidedBy).toEqual({ criterion: 'points', headToHead: ['A', 'B'] });
    expect(c?.decidedBy).toEqual({ criterion: 'goalDifference', headToHead: ['A', 'B', 'C'] });
    expect(d?.decidedBy).toEqual({ criterion: 'points' });
  });

  test('ranks teams that nothing decides between equally and skips the next rank', () => {
    const drawn = [match('A', 'B', 1, 1), match('C', 'D', 0, 1)];
    expect(order(standings({ teams, matches: drawn }, fifa2026))).toBe('1 D, 2 A, 2 B, 4 C');
    expect(order(standings({ teams, matches: [] }, fifa2026))).toBe('1 A, 1 B, 1 C, 1 D');
  });

  test.each([
    ['a ranking (FIFA 2026)', fifa2026, { ranking: ['D', 'C', 'B', 'A'] }, '1 D, 2 C, 3 B, 4 A'],
    ['lots (FIFA 2022)', fifa2022, { lots: ['B', 'D', 'A', 'C'] }, '1 B, 2 D, 3 A, 4 C'],
    ['no list that misses one of them', fifa2026, { ranking: ['D', 'C', 'B'] }, '1 A, 1 B, 1 C, 1 D'],
    ['no list that the rules do not know', fifa2026, { lots: ['D', 'C', 'B', 'A'] }, '1 A, 1 B, 1 C, 1 D'],
  ])('at the very end decides by %s', (_, rules, facts, expected) => {
    expect(order(standings({ teams, matches: [] }, rules, facts))).toBe(expected);
  });

  test('decides by conduct before the ranking', () => {
    const carded = { ...match('A', 'B', 0, 0), homeCards: { yellow: 1, directRed: 1 }, awayCards: { secondYellow: 1 } };
    const table = standings({ teams: ['A', 'B'], matches: [carded] }, fifa2026, { ranking: ['A', 'B'] });
    expect(table.map(({ team, conduct }) => [team, conduct])).toEqual([
      ['B', -3],
      ['A', -5],
    ]);
  });

  test('decides by a shoot-out only between two teams that are level in everything (UEFA)', () => {
    const last: GroupMatch = { ...match('A', 'B', 1, 1), shootout: [3, 4] };
    expect(order(standings({ teams: ['A', 'B'], matches: [last] }, uefa2024))).toBe('1 B, 2 A');
    const three = [last, match('B', 'C', 1, 1), match('C', 'A', 1, 1)];
    expect(order(standings({ teams: ['A', 'B', 'C'], matches: three }, uefa2024))).toBe('1 A, 1 B, 1 C');
  });

  test('decides by a play-off that counts for nothing else', () => {
    const matches = [match('A', 'B', 1, 0), match('B', 'A', 3, 0), { ...match('A', 'B', 2, 1), playOff: true }];
    const rules = { ...fifa2022, order: ['points', 'playOff'] as const };
    const table = standings({ teams: ['A', 'B'], matches }, rules);
    expect(order(table)).toBe('1 A, 2 B');
    expect(table[0]).toMatchObject({ played: 2, points: 3, goalsFor: 1, goalsAgainst: 3 });
  });

  test('decides by goal average as a fraction, no goal against being the best', () => {
    const rules = { ...fifa2022, order: ['goalAverage'] as const };
    const matches = [match('A', 'B', 3, 3), match('C', 'D', 1, 0)];
    expect(order(standings({ teams, matches }, rules))).toBe('1 C, 2 A, 2 B, 4 D');
  });
});

describe('refused, with the place', () => {
  const played = [match('A', 'B', 1, 0)];
  test.each([
    ['INVALID_TEAMS', 'teams', [], []],
    ['INVALID_TEAMS', 'teams', Array.from({ length: 257 }, (_, i) => `T${i}`), []],
    ['INVALID_TEAMS', 'teams[1]', ['A', 'A'], []],
    ['INVALID_TEAMS', 'teams[0]', [''], []],
    ['INVALID_MATCH', 'matches[1].away', teams, [...played, match('A', 'E', 1, 0)]],
    ['INVALID_MATCH', 'matches[0]', teams, [match('A', 'A', 1, 0)]],
    ['INVALID_SCORELINE', 'matches[0].scoreline', teams, [match('A', 'B', -1, 0)]],
    ['INVALID_SCORELINE', 'matches[0].scoreline', teams, [match('A', 'B', 0.5, 0)]],
    ['INVALID_SCORELINE', 'matches[0].scoreline', teams, [match('A', 'B', Number.NaN, 0)]],
    ['INVALID_SCORELINE', 'matches[0].scoreline', teams, [match('A', 'B', 1000, 0)]],
    ['INVALID_SCORELINE', 'matches[0].shootout', teams, [{ ...match('A', 'B', 1, 1), shootout: [4, 4] as const }]],
    ['INVALID_CARDS', 'matches[0].homeCards.yellow', teams, [{ ...match('A', 'B', 1, 1), homeCards: { yellow: -1 } }]],
  ])('%s at %s', (code, at, names, matches) => {
    expect(() => standings({ teams: names, matches }, fifa2026)).toThrow(expect.objectContaining({ code, at }));
  });

  test('a team outside the group, by name', () => {
    expect(() => standings({ teams: ['A', 'B'], matches: [match('A', 'E', 1, 0)] }, fifa2026)).toThrow(
      'The teams of a match are in its group, got "E" at matches[0].away; the group is A, B',
    );
  });

  test('rules with a criterion that does not exist, even if no tie would come to it', () => {
    const rules: StandingsRules = JSON.parse(JSON.stringify({ ...fifa2026, order: ['points', 'shirtColour'] }));
    expect(() => standings({ teams, matches: circle }, rules)).toThrow('There is no criterion "shirtColour"');
  });
});

test('rules survive a round trip through JSON', () => {
  for (const rules of [fifa2026, fifa2022, uefa2024]) expect(JSON.parse(JSON.stringify(rules))).toEqual(rules);
});

describe('the same places of different groups', () => {
  test('are ordered by the rules across groups, and equally if these leave them level', () => {
    const third = (team: string, goals: number): Standing | undefined =>
      standings(
        {
          teams: [team, 'X', 'Y'],
          matches: [match('X', team, 3, goals), match('X', 'Y', 1, 1), match('Y', team, 1, 0)],
        },
        fifa2026,
      )[2];
    const places = [third('P', 0), third('Q', 2), third('R', 2)].filter((line) => line !== undefined);
    expect(order(rankAcrossGroups(places, fifa2026))).toBe('1 Q, 1 R, 3 P');
    expect(order(rankAcrossGroups(places, fifa2026, { ranking: ['R', 'Q'] }))).toBe('1 R, 2 Q, 3 P');
  });

  test('UEFA looks at wins before cards, FIFA does not', () => {
    const level = { rank: 3, played: 3, goalsFor: 3, goalsAgainst: 3, goalDifference: 0, points: 3 };
    const winner: Standing = { ...level, team: 'P', wins: 1, draws: 0, losses: 2, conduct: -5 };
    const drawer: Standing = { ...level, team: 'Q', wins: 0, draws: 3, losses: 0, conduct: -1 };
    expect(order(rankAcrossGroups([drawer, winner], uefa2024))).toBe('1 P, 2 Q');
    expect(order(rankAcrossGroups([drawer, winner], fifa2026))).toBe('1 Q, 2 P');
  });
});

describe('laws', () => {
  const goals = fc.integer({ min: 0, max: 2 });
  const rules = fc.constantFrom(fifa2026, fifa2022, uefa2024);
  const pairs = teams.flatMap((home, i) => teams.slice(i + 1).map((away) => [home, away] as const));
  const played = fc
    .tuple(...pairs.map(() => fc.tuple(goals, goals)))
    .map((lines) => lines.map(([h, a], i): GroupMatch => match(pairs[i]?.[0] ?? '', pairs[i]?.[1] ?? '', h, a)));

  test('the order of teams and matches does not matter', () => {
    const shuffled = played.chain((matches) =>
      fc.tuple(
        fc.constant(matches),
        fc.shuffledSubarray(matches, { minLength: 6 }),
        fc.shuffledSubarray(teams, { minLength: 4 }),
      ),
    );
    fc.assert(
      fc.property(shuffled, rules, ([matches, others, names], by) => {
        expect(standings({ teams: names, matches: others }, by)).toEqual(standings({ teams, matches }, by));
      }),
    );
  });

  test('who is home in a match does not matter', () => {
    fc.assert(
      fc.property(played, rules, (matches, by) => {
        const mirrored = matches.map(({ home, away, scoreline: [h, a] }) => match(away, home, a, h));
        expect(standings({ teams, matches: mirrored }, by)).toEqual(standings({ teams, matches }, by));
      }),
    );
  });

  test('goals scored are goals conceded, and points are what the matches gave out', () => {
    fc.assert(
      fc.property(played, rules, (matches, by) => {
        const table = standings({ teams, matches }, by);
        const sum = (of: (line: Standing) => number) => table.reduce((total, line) => total + of(line), 0);
        const draws = matches.filter(({ scoreline: [h, a] }) => h === a).length;
        expect(sum((line) => line.goalDifference)).toBe(0);
        expect(sum((line) => line.points)).toBe(3 * (matches.length - draws) + 2 * draws);
        expect(sum((line) => line.wins)).toBe(sum((line) => line.losses));
      }),
    );
  });

  test('one more goal for a team never places it lower', () => {
    fc.assert(
      fc.property(played, rules, fc.nat({ max: 5 }), fc.boolean(), (matches, by, at, forHome) => {
        const better = matches.map((one, i): GroupMatch => {
          const [h, a] = one.scoreline;
          return i === at ? { ...one, scoreline: forHome ? [h + 1, a] : [h, a + 1] } : one;
        });
        const team = forHome ? matches[at]?.home : matches[at]?.away;
        const rank = (list: readonly GroupMatch[]) =>
          standings({ teams, matches: list }, by).find((line) => line.team === team)?.rank ?? 0;
        expect(rank(better)).toBeLessThanOrEqual(rank(matches));
      }),
      { numRuns: 500 },
    );
  });

  test('with a ranking every table is decided, and the ranking decides only what nothing else did', () => {
    fc.assert(
      fc.property(played, fc.shuffledSubarray(teams, { minLength: 4 }), (matches, ranking) => {
        const without = standings({ teams, matches }, fifa2026);
        const table = standings({ teams, matches }, fifa2026, { ranking });
        expect(table.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
        const above = (list: readonly Standing[], a: string, b: string) =>
          (list.find(({ team }) => team === a)?.rank ?? 0) < (list.find(({ team }) => team === b)?.rank ?? 0);
        for (const a of teams) for (const b of teams) if (above(without, a, b)) expect(above(table, a, b)).toBe(true);
      }),
    );
  });

  test('every criterion leaves a team where it was if all teams are equal in it', () => {
    const all: readonly Criterion[] = [
      'points',
      'wins',
      'goalDifference',
      'goalsFor',
      'goalAverage',
      'conduct',
      'playOff',
      'shootout',
      'ranking',
      'lots',
    ];
    for (const criterion of all) {
      const table = standings({ teams, matches: [] }, { ...fifa2026, order: [criterion] });
      expect(table.map(({ rank }) => rank)).toEqual([1, 1, 1, 1]);
    }
  });
});
