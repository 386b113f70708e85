import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupsFromMatches } from './groups-from-matches.ts';

const match = ([home, away]: readonly [string, string]) => ({ home, away, scoreline: [0, 0] as const });

test('teams that meet through others are one group, in order of first appearance', () => {
  const matches = (
    [
      ['A', 'B'],
      ['C', 'D'],
      ['E', 'F'],
      ['B', 'C'],
      ['D', 'A'],
    ] as const
  ).map(match);
  expect(groupsFromMatches(matches)).toEqual([
    { teams: ['A', 'B', 'C', 'D'], matches: [0, 1, 3, 4].map((i) => expect.objectContaining(matches[i] ?? {})) },
    { teams: ['E', 'F'], matches: [matches[2]] },
  ]);
  expect(groupsFromMatches([])).toEqual([]);
});

test('groups that were drawn come out of their matches in any order', () => {
  const drawn = [
    ['A', 'B', 'C', 'D'],
    ['E', 'F', 'G', 'H'],
    ['I', 'J', 'K'],
  ];
  const matches = drawn.flatMap((teams) =>
    teams.flatMap((home, i) => teams.slice(i + 1).map((away) => match([home, away]))),
  );
  fc.assert(
    fc.property(fc.shuffledSubarray(matches, { minLength: matches.length }), (shuffled) => {
      const groups = groupsFromMatches(shuffled);
      expect(groups.map(({ teams }) => teams.toSorted().join('')).sort()).toEqual(['ABCD', 'EFGH', 'IJK']);
      for (const group of groups)
        expect(group.matches).toHaveLength((group.teams.length * (group.teams.length - 1)) / 2);
    }),
  );
});
