import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTournament } from '../host/tournament.ts';
import { forecasts } from './forecasts.ts';

const { fixtures } = readTournament();
const many = [...forecasts(fixtures, 1, 50_000)];
const share = (holds: (forecast: (typeof many)[number]) => boolean): number => many.filter(holds).length / many.length;
const goals = (text: string | null): number => Number(text ?? Number.NaN);

test('the same seed makes the same rows, fewer are the first of more, another seed makes others', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 2 ** 32 - 1 }),
      fc.integer({ min: 1, max: 400 }),
      fc.nat({ max: 400 }),
      (seed, n, more) => {
        const rows = [...forecasts(fixtures, seed, n)];
        expect(rows).toHaveLength(n);
        expect([...forecasts(fixtures, seed, n + more)].slice(0, n)).toEqual(rows);
      },
    ),
    { numRuns: 30 },
  );
  const [one, other] = [1, 2].map((seed) => [...forecasts(fixtures, seed, 50)].map((row) => `${row.home}-${row.away}`));
  expect(one).not.toEqual(other);
});

test('nobody forecasts a match twice, and everybody has most matches', () => {
  expect(new Set(many.map((row) => `${row.entrantId} ${row.fixture.id}`)).size).toBe(many.length);
  const entrants = new Set(many.map((row) => row.entrantId)).size;
  expect(entrants).toBeGreaterThan(480);
  expect(entrants).toBeLessThan(560);
});

test('looks like people: 2-1 leads, favourites are favoured, draws are under-predicted', () => {
  expect(share((row) => row.home === '2' && row.away === '1')).toBeGreaterThan(0.1);
  expect(share((row) => row.home === row.away)).toBeGreaterThan(0.1);
  expect(share((row) => row.home === row.away)).toBeLessThan(0.24);
  const uneven = many.filter(({ fixture }) => fixture.home.rating - fixture.away.rating > 300);
  const wins = uneven.filter((row) => goals(row.home) > goals(row.away)).length;
  expect(wins / uneven.length).toBeGreaterThan(0.9);
});

test('of level teams the one named first is backed more often', () => {
  const level = many.filter(({ fixture }) => Math.abs(fixture.home.rating - fixture.away.rating) < 60);
  const backed = (side: (home: number, away: number) => boolean): number =>
    level.filter((row) => side(goals(row.home), goals(row.away))).length;
  expect(backed((home, away) => home > away)).toBeGreaterThan(1.1 * backed((home, away) => home < away));
});

test('some come late, some are unfilled, a few are nonsense, and every row is locked by the time it is final', () => {
  const late = share((row) => row.submittedAt > row.fixture.kickoffAt);
  expect(late).toBeGreaterThan(0.004);
  expect(late).toBeLessThan(0.015);
  const unfilled = share((row) => row.home === null || row.away === null);
  expect(unfilled).toBeGreaterThan(0.002);
  expect(unfilled).toBeLessThan(0.008);
  for (const nonsense of ['-1', '-3', '250', '1000', '1.5', '2.25', 'NaN']) {
    expect(share((row) => row.home === nonsense || row.away === nonsense)).toBeGreaterThan(0);
  }
  expect(many.every((row) => row.lockedAt >= row.submittedAt && row.lockedAt >= row.fixture.kickoffAt)).toBe(true);
});
