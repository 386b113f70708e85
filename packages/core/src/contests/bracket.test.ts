import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bracketPoints, espnBracket, seedBracket, seedTimesRoundBracket, upsetBracket } from './bracket.ts';
import { parseBracketEntry } from './bracket-entry.ts';
import { points } from './testing/points.ts';

/** Plays a bracket of 64: the lower number wins unless `upset` says otherwise. */
function play(upset: (match: number) => boolean = () => false): number[] {
  const winners: number[] = [];
  let round = Array.from({ length: 64 }, (_, i) => i + 1);
  while (round.length > 1) {
    round = Array.from({ length: round.length / 2 }, (_, i) => round[2 * i + (upset(winners.length + i) ? 1 : 0)] ?? 0);
    winners.push(...round);
  }
  return winners;
}

const favourites = play();
const none = new Array<number>(63).fill(0);
const ROUNDS = [32, 16, 8, 4, 2, 1];

// ESPN Tournament Challenge: 10-20-40-80-160-320, 320 points a round, 1920 in all.
test('a perfect bracket earns 1920, 320 in each round', () => {
  expect(points(espnBracket, { picks: favourites, winners: favourites })).toBe(1920);
  let from = 0;
  for (const [i, size] of ROUNDS.entries()) {
    const winners = none.with(from, favourites[from] ?? 0);
    expect(points(espnBracket, { picks: favourites, winners })).toBe([10, 20, 40, 80, 160, 320][i]);
    const round = none.map((_, k) => (k >= from && k < from + size ? (favourites[k] ?? 0) : 0));
    expect(points(espnBracket, { picks: favourites, winners: round })).toBe(320);
    from += size;
  }
});

test('no entry earns less when one more of its picks comes true', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 63, maxLength: 63 }), fc.nat(62), (upsets, at) => {
      const picks = play((match) => upsets[match] ?? false);
      const before = favourites.with(at, 0);
      const after = before.with(at, picks[at] ?? 0);
      expect(points(espnBracket, { picks, winners: after })).toBeGreaterThan(
        points(espnBracket, { picks, winners: before }),
      );
    }),
    { seed: 1, numRuns: 50 },
  );
});

test('every bracket that can be played is an entry', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 63, maxLength: 63 }), (upsets) => {
      const picks = play((match) => upsets[match] ?? false);
      expect(parseBracketEntry(picks)).toEqual({ ok: true, entry: picks });
    }),
    { seed: 1, numRuns: 50 },
  );
});

test('a winner that did not get there is reported where it is picked', () => {
  const wrong = parseBracketEntry(favourites.with(32, 2));
  expect(wrong.ok ? '' : wrong.errors[0]?.message).toBe(
    'picks[32] must be one of the teams that meet there, 1 or 3, got 2.',
  );
  const absurd = parseBracketEntry([...favourites.slice(0, 62), 99]);
  expect(absurd.ok ? '' : absurd.errors[0]?.message).toBe('picks[62] must be a whole number from 1 to 64, got 99.');
  expect(parseBracketEntry([1, 2, 3]).ok).toBe(false);
});

// The parameters bonus.round, bonus.seed and combine of the R package mRchmadness.
test('seeds are added to the round, or multiply it', () => {
  const row = { round: 3, pick: 7, winner: 7, seed: 12 };
  expect(points(seedBracket, row)).toBe(4 + 12);
  expect(points(seedTimesRoundBracket, row)).toBe(3 * 12);
  expect(points(seedBracket, { ...row, winner: 8 })).toBe(0);
});

test('an upset pays for every place between the seeds', () => {
  const row = { round: 1, pick: 7, winner: 7, seed: 12, loserSeed: 5 };
  expect(points(upsetBracket, row)).toBe(10 + 7);
  expect(points(upsetBracket, { ...row, seed: 5, loserSeed: 12 })).toBe(10);
});

test('points of a host with decimals are exact to a thousandth', () => {
  const half = bracketPoints({ id: 'half', round: [0.5, 1.5], seed: [1, 1.25], combine: 'multiply' });
  expect(points(half, { round: 2, pick: 1, winner: 1, seed: 2 })).toBe(1.875);
});
