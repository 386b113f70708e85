import { thirdPlacePairings2026 } from './data/third-place-pairings-2026.ts';
import { TournamentError } from './tournament-error.ts';

/** Slots of the group winners who meet a third-placed team at the World Cup 2026. */
export type ThirdPlaceSlot = (typeof SLOTS)[number];

const SLOTS = ['1A', '1B', '1D', '1E', '1G', '1I', '1K', '1L'] as const;

/**
 * Whose third-placed team each of the eight group winners meets in the Round of 32 of the World Cup 2026 (regulations,
 * Annex C, 495 cases).
 *
 * @param thirds letters of the eight groups whose third-placed teams qualified, in any order
 * @throws TournamentError `INVALID_PAIRING` unless these are eight different letters from A to L
 */
export function thirdPlacePairings(thirds: string): Record<ThirdPlaceSlot, string> {
  const groups = [...thirds].sort().join('');
  const row =
    /^[A-L]{8}$/.test(groups) && new Set(groups).size === 8 ? thirdPlacePairings2026[rankOf(groups)] : undefined;
  if (row === undefined) {
    const message = `Third-placed teams qualify from eight different groups from A to L, got ${JSON.stringify(thirds)}`;
    throw new TournamentError('INVALID_PAIRING', message, 'thirds', thirds);
  }
  return Object.fromEntries(SLOTS.map((slot, i) => [slot, row.charAt(i)])) as Record<ThirdPlaceSlot, string>;
}

/** The group whose third-placed team a group winner meets, or undefined for one who meets none. */
export function thirdPlaceOpponent(thirds: string, winner: string): string | undefined {
  const pairings: Readonly<Record<string, string>> = thirdPlacePairings(thirds);
  return pairings[winner];
}

/** Place of a choice among all choices of eight of the twelve letters, in alphabetical order. */
function rankOf(groups: string): number {
  let rank = 0;
  let next = 0;
  [...groups].forEach((letter, i) => {
    const index = letter.charCodeAt(0) - 'A'.charCodeAt(0);
    for (; next < index; next++) rank += choose(11 - next, 7 - i);
    next++;
  });
  return rank;
}

function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return n < k ? 0 : ways;
}
