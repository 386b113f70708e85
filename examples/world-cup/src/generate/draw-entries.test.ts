import { expect, test } from 'vitest';
import { readTournament } from '../host/tournament.ts';
import { drawEntries } from './draw-entries.ts';

const { teams } = readTournament();
const many = [...drawEntries(teams, 1, 20_000)];
const numbers = teams.map((team) => team.number);
const groupOf = new Map(teams.map((team) => [team.number, team.group]));
const wellFormed = many.flatMap(({ picks }) =>
  picks !== null && picks.toSorted((a, b) => a - b).join() === numbers.join() ? [picks] : [],
);

test('the same seed makes the same rows, and fewer are the first of more', () => {
  expect([...drawEntries(teams, 1, 300)]).toEqual(many.slice(0, 300));
  expect([...drawEntries(teams, 2, 300)]).not.toEqual(many.slice(0, 300));
});

test('one entry each, nearly all of them 48 different teams', () => {
  expect(new Set(many.map((entry) => entry.entrantId)).size).toBe(many.length);
  const malformed = 1 - wellFormed.length / many.length;
  expect(malformed).toBeGreaterThan(0.001);
  expect(malformed).toBeLessThan(0.006);
});

test('the malformed ones are missing, short, long, double, or name a team that does not exist', () => {
  const kind = (picks: readonly number[] | null): string => {
    if (picks === null) return 'missing';
    if (picks.length !== 48) return String(picks.length);
    if (picks.some((number) => number < 1 || number > 48)) return 'unknown team';
    return new Set(picks).size < 48 ? 'double' : 'well formed';
  };
  expect(new Set(many.map(({ picks }) => kind(picks)))).toEqual(
    new Set(['well formed', 'missing', '47', '49', 'double', 'unknown team']),
  );
});

test('everybody knows the groups of the three hosts and that a group has one seed', () => {
  const hosts = teams.filter((team) => ['Canada', 'Mexico', 'USA'].includes(team.name));
  const seeds = new Set(teams.filter((team) => team.seeded).map((team) => team.number));
  const hostsInPlace = (picks: readonly number[]): boolean =>
    hosts.every(({ number, group }) => Math.floor(picks.indexOf(number) / 4) + 1 === group);
  const oneSeedEach = (picks: readonly number[]): boolean =>
    picks.every(
      (_, place) => place % 4 !== 0 || picks.slice(place, place + 4).filter((n) => seeds.has(n)).length === 1,
    );
  expect(wellFormed.every(hostsInPlace)).toBe(true);
  expect(wellFormed.every(oneSeedEach)).toBe(true);
});

test('most guess nearly everything wrong, a few who watched get nearly everything right', () => {
  const placed = wellFormed.map(
    (picks) => picks.filter((number, place) => groupOf.get(number) === Math.floor(place / 4) + 1).length,
  );
  const share = (least: number): number => placed.filter((count) => count >= least).length / placed.length;
  expect(share(10)).toBeLessThan(0.3);
  expect(share(30)).toBeGreaterThan(0.0005);
  expect(share(30)).toBeLessThan(0.02);
});
