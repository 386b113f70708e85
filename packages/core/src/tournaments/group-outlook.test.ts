import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupOutlook } from './group-outlook.ts';
import { groupsFromMatches } from './groups-from-matches.ts';
import { standings } from './standings.ts';
import { fifa2022, fifa2026, uefa2024 } from './standings-rules.ts';
import { worldCup2026Matches } from './testing/real-matches.ts';

const teams = ['A', 'B', 'C', 'D'];
const outlook = (
  played: readonly (readonly [string, string, number, number])[],
  toCome: readonly string[],
  rules = fifa2026,
) => {
  const matches = played.map(([home, away, h, a]) => ({ home, away, scoreline: [h, a] as const }));
  const fixtures = toCome.map(([home = '', away = '']) => ({ home, away }));
  return Object.fromEntries(
    groupOutlook({ teams, matches }, fixtures, rules, { places: 2 }).map(({ team, ...rest }) => [team, rest]),
  );
};

describe('the outlook of a group', () => {
  test('is the table when nothing is to come', () => {
    const played = [
      ['A', 'B', 1, 0],
      ['A', 'C', 1, 0],
      ['A', 'D', 1, 0],
      ['B', 'C', 1, 0],
      ['B', 'D', 1, 0],
      ['C', 'D', 1, 0],
    ] as const;
    expect(outlook(played, [])).toEqual({
      A: { best: 1, worst: 1, chance: 'clinched' },
      B: { best: 2, worst: 2, chance: 'clinched' },
      C: { best: 3, worst: 3, chance: 'eliminated' },
      D: { best: 4, worst: 4, chance: 'eliminated' },
    });
  });

  // A beat B and C, B and C beat D: A has 6 points, B and C have 3, D none; A-D and B-C are to come.
  const beforeLast = [
    ['A', 'B', 1, 0],
    ['A', 'C', 1, 0],
    ['B', 'D', 1, 0],
    ['C', 'D', 1, 0],
  ] as const;

  test('knows who is first for certain by head-to-head, which goal difference would leave open', () => {
    expect(outlook(beforeLast, ['AD', 'BC'])['A']).toEqual({
      best: 1,
      worst: 1,
      chance: 'clinched',
      next: { win: 'clinched', draw: 'clinched', loss: 'clinched' },
    });
    expect(outlook(beforeLast, ['AD', 'BC'], fifa2022)['A']).toMatchObject({ worst: 2, chance: 'clinched' });
  });

  test('says what each team needs', () => {
    const { B, C, D } = outlook(beforeLast, ['AD', 'BC']);
    expect(B?.next).toEqual({ win: 'clinched', draw: 'open', loss: 'eliminated' });
    expect(C?.next).toEqual(B?.next);
    // The loser of B-C has three points, which D can reach; but both of them beat D.
    expect(D).toMatchObject({ best: 4, chance: 'eliminated' });
  });

  test('leaves open what only lots could decide', () => {
    expect(outlook([], [])['A']).toEqual({ best: 1, worst: 4, chance: 'open' });
  });

  test('is never contradicted by what happened at the World Cup 2026 afterwards', () => {
    let decided = 0;
    for (const played of worldCup2026Matches().groups.values()) {
      const [group] = groupsFromMatches(played);
      if (group === undefined) throw new Error('A group has matches');
      const final = standings(group, fifa2026);
      for (const left of [2, 1]) {
        const so = { teams: group.teams, matches: group.matches.slice(0, -left) };
        for (const { team, best, worst, chance } of groupOutlook(so, group.matches.slice(-left), fifa2026, {
          places: 2,
        })) {
          const rank = final.find((line) => line.team === team)?.rank ?? 0;
          expect(best <= rank && rank <= worst).toBe(true);
          if (chance !== 'open') expect(chance === 'clinched').toBe(rank <= 2);
          if (chance !== 'open') decided++;
        }
      }
    }
    expect(decided).toBeGreaterThan(20);
  });

  test('is what trying three-goal scorelines one by one finds', () => {
    const goals = fc.integer({ min: 0, max: 2 });
    const pairs = [
      ['A', 'B'],
      ['C', 'D'],
      ['A', 'C'],
      ['B', 'D'],
    ] as const;
    const played = fc.tuple(...pairs.map(() => fc.tuple(goals, goals)));
    fc.assert(
      fc.property(played, fc.constantFrom(fifa2026, fifa2022, uefa2024), (lines, rules) => {
        const matches = lines.map(([h, a], i) => ({
          home: pairs[i]?.[0] ?? '',
          away: pairs[i]?.[1] ?? '',
          scoreline: [h, a] as const,
        }));
        const ranks = new Map<string, number[]>(teams.map((team) => [team, []]));
        for (let code = 0; code < 256; code++) {
          const [a, d, b, c] = [code & 3, (code >> 2) & 3, (code >> 4) & 3, code >> 6];
          const last = [
            { home: 'A', away: 'D', scoreline: [a, d] as const },
            { home: 'B', away: 'C', scoreline: [b, c] as const },
          ];
          const table = standings({ teams, matches: [...matches, ...last] }, rules);
          for (const { team, rank } of table) {
            const sharing = table.filter((line) => line.rank === rank).length;
            ranks.get(team)?.push(rank, rank + sharing - 1);
          }
        }
        const found = groupOutlook(
          { teams, matches },
          [
            { home: 'A', away: 'D' },
            { home: 'B', away: 'C' },
          ],
          rules,
          { places: 2, goalsMax: 3 },
        );
        for (const { team, best, worst } of found)
          expect([best, worst]).toEqual([Math.min(...(ranks.get(team) ?? [])), Math.max(...(ranks.get(team) ?? []))]);
      }),
      { numRuns: 15 },
    );
  });

  test.each([
    [['AB', 'CD', 'AC', 'BD'], { places: 2 }, 'INVALID_MATCH', 'set goalsMax to 3 or less'],
    [['AB'], { places: 0 }, 'INVALID_RULES', 'Of 4 teams 1 to 4 go through, got 0'],
    [['AB'], { places: 2, goalsMax: 0 }, 'INVALID_RULES', 'Goals reckoned with are 1 to 99, got 0'],
    [['AE'], { places: 2 }, 'INVALID_MATCH', 'got "E" at toCome[0].away'],
  ])('refuses %j with %j', (toCome, options, code, message) => {
    const fixtures = toCome.map(([home = '', away = '']) => ({ home, away }));
    expect(() => groupOutlook({ teams, matches: [] }, fixtures, fifa2026, options)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});
