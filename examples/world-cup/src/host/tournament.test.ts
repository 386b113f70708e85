import { expect, test } from 'vitest';
import { readTournament } from './tournament.ts';

const { teams, fixtures } = readTournament();

test('has 48 teams in 12 groups of 4, each with one seed', () => {
  expect(teams).toHaveLength(48);
  expect(teams.map((team) => team.number)).toEqual(Array.from({ length: 48 }, (_, i) => i + 1));
  for (let group = 1; group <= 12; group++) {
    const members = teams.filter((team) => team.group === group);
    expect(members).toHaveLength(4);
    expect(members.filter((team) => team.seeded)).toHaveLength(1);
  }
});

test("Iran was drawn into group G with Belgium, Egypt and New Zealand (the guide's specially named team)", () => {
  const group = teams.find((team) => team.name === 'Iran')?.group;
  expect(group).toBe(7);
  expect(teams.filter((team) => team.group === group).map((team) => team.name)).toEqual([
    'Belgium',
    'Egypt',
    'Iran',
    'New Zealand',
  ]);
});

test('has 104 matches by kick-off, from Mexico v South Africa to Spain v Argentina', () => {
  expect(fixtures).toHaveLength(104);
  expect(new Set(fixtures.map((fixture) => fixture.id)).size).toBe(104);
  const times = fixtures.map((fixture) => fixture.kickoffAt.getTime());
  expect(times).toEqual([...times].sort((a, b) => a - b));
  const line = (index: number): unknown[] => {
    const fixture = fixtures.at(index);
    return [fixture?.home.name, fixture?.away.name, fixture?.result, fixture?.stage, fixture?.kickoffAt.toISOString()];
  };
  expect(line(0)).toEqual([
    'Mexico',
    'South Africa',
    { home: 2, away: 0 },
    'Group stage, round 1',
    '2026-06-11T19:00:00.000Z',
  ]);
  // Decided in extra time, so 0-0 after the 90 minutes that count here.
  expect(line(-1)).toEqual(['Spain', 'Argentina', { home: 0, away: 0 }, 'Final', '2026-07-19T19:00:00.000Z']);
});

test('every group match is in round 1, 2 or 3, 24 in each', () => {
  const count = (stage: string): number => fixtures.filter((fixture) => fixture.stage === stage).length;
  expect([1, 2, 3].map((round) => count(`Group stage, round ${round}`))).toEqual([24, 24, 24]);
});
