import { describe, expect, test } from 'vitest';
import { bestThirds } from './best-thirds.ts';
import { type Bracket, fillBracket } from './bracket.ts';
import { fifa2026Bracket } from './data/fifa-2026-bracket.ts';
import { standings } from './standings.ts';
import { fifa2026 } from './standings-rules.ts';

const small: Bracket = {
  id: 'small',
  matches: [
    { number: 1, round: 'Semi-final', home: '#1', away: '#4' },
    { number: 2, round: 'Semi-final', home: '#2', away: '#3' },
    { number: 3, round: 'Match for third place', home: 'L1', away: 'L2' },
    { number: 4, round: 'Final', home: 'W1', away: 'W2' },
  ],
};
const seeds = ['Ajax', 'Brann', 'Celtic', 'Dundee'];

describe('a bracket', () => {
  test('knows nobody before anything is known', () => {
    const filled = fillBracket(fifa2026Bracket, {});
    expect(filled).toHaveLength(32);
    for (const { home, away, winner } of filled)
      expect([home, away, winner]).toEqual([undefined, undefined, undefined]);
  });

  test('moves winners and losers on as results come in', () => {
    const results = { 1: { normalTime: [0, 1] }, 2: { normalTime: [1, 1], shootout: [5, 4] } } as const;
    const teams = (facts: Parameters<typeof fillBracket>[1]) =>
      fillBracket(small, facts).map(({ home, away }) => [home, away]);
    expect(teams({ seeds })).toEqual([
      ['Ajax', 'Dundee'],
      ['Brann', 'Celtic'],
      [undefined, undefined],
      [undefined, undefined],
    ]);
    expect(teams({ seeds, results: { 1: results[1] } }).slice(2)).toEqual([
      ['Ajax', undefined],
      ['Dundee', undefined],
    ]);
    expect(teams({ seeds, results }).slice(2)).toEqual([
      ['Ajax', 'Celtic'],
      ['Dundee', 'Brann'],
    ]);
  });

  test('leaves a slot empty for which two teams share the rank', () => {
    const groups = { A: standings({ teams: ['P', 'Q'], matches: [] }, fifa2026) };
    const only: Bracket = { id: 'only', matches: [{ number: 1, round: 'Final', home: '1A', away: '2A' }] };
    expect(fillBracket(only, { groups })[0]).toMatchObject({ home: undefined, away: undefined });
  });

  test.each([
    ['an unreadable slot', { number: 5, round: 'x', home: 'Q9', away: '#1' }, {}, 'matches[4].home'],
    ['a slot that no match fills', { number: 5, round: 'x', home: '#1', away: 'W9' }, {}, 'matches[4].away'],
    ['a match that waits for itself', { number: 5, round: 'x', home: '#1', away: 'W5' }, {}, 'matches[4].away'],
    ['a number twice', { number: 4, round: 'x', home: '#1', away: '#2' }, {}, 'matches[4]'],
    ['thirds without a table', undefined, { thirds: 'B' }, 'facts.thirds'],
    ['a result of no match', undefined, { results: { 9: { normalTime: [1, 0] as const } } }, 'results[9]'],
    ['a result before its teams', undefined, { results: { 4: { normalTime: [1, 0] as const } } }, 'results[4]'],
  ])('refuses %s', (_, extra, facts, at) => {
    const bracket = { ...small, matches: extra ? [...small.matches, extra] : small.matches };
    expect(() => fillBracket(bracket, { seeds, ...facts })).toThrow(
      expect.objectContaining({ code: 'INVALID_BRACKET', at }),
    );
  });

  test('seats thirds by the pairing table that it carries', () => {
    // Two groups, of which one third goes through: 1A meets 3B if B's third is the better one, and 3A never meets 1A.
    const table = { id: 'two', source: 'this test', groups: 'AB', slots: ['1A'], rows: ['A', 'B'] };
    const cup: Bracket = {
      id: 'cup',
      thirds: table,
      matches: [{ number: 1, round: 'Final', home: '1A', away: '3BC' }],
    };
    const [A, B] = [
      ['P', 'Q', 'R'],
      ['S', 'T', 'U'],
    ].map((teams) => standings({ teams, matches: [] }, fifa2026, { ranking: teams }));
    const groups = { A: A ?? [], B: B ?? [] };
    expect(fillBracket(cup, { groups, thirds: 'B' })[0]).toMatchObject({ home: 'P', away: 'U' });
    expect(() => fillBracket(cup, { groups, thirds: 'A' })).toThrow(
      'The third-placed team of group A cannot be in slot 3BC at matches[0].away',
    );
  });

  test('refuses an impossible result, naming the match', () => {
    const results = { 1: { normalTime: [2, 1], shootout: [3, 1] } } as const;
    expect(() => fillBracket(small, { seeds, results })).toThrow(
      'The match was decided in normalTime, got 3-1 at results[1].shootout',
    );
  });
});

test('best thirds need a group in which one team is third, and say which one has none', () => {
  const groups = { A: standings({ teams: ['P', 'Q', 'R'], matches: [] }, fifa2026) };
  expect(() => bestThirds(groups, 1, fifa2026)).toThrow('Group A has no team that is third alone: 1 P, 1 Q, 1 R');
});
