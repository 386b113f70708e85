import { shown } from '../text/shown.ts';
import { fifa2026Pairings } from './data/fifa-2026-pairings.ts';
import { TournamentError } from './tournament-error.ts';

/** Which slots the best third-placed teams take, for every choice of groups that they can come from; plain data. */
export interface PairingTable {
  readonly id: string;
  readonly source: string;
  /** Letters of all groups, in alphabetical order. */
  readonly groups: string;
  /** Slots of the opponents, one for each third-placed team that qualifies. */
  readonly slots: readonly string[];
  /** For each choice of groups, in alphabetical order of the choice: the group that each of the slots gets, in their order. */
  readonly rows: readonly string[];
}

/**
 * Whose third-placed team each opponent meets.
 *
 * @param thirds letters of the groups whose third-placed teams qualified, in any order
 * @param table default: the 495 cases of the World Cup 2026
 * @returns the group's letter by the opponent's slot, such as `{ '1A': 'E', … }`
 * @throws TournamentError `INVALID_PAIRING` unless these are as many different groups as the table has slots
 */
export function thirdPlacePairings(thirds: string, table: PairingTable = fifa2026Pairings): Record<string, string> {
  const chosen = [...new Set(thirds)].sort();
  const fits = chosen.length === thirds.length && chosen.every((letter) => table.groups.includes(letter));
  const row = fits && chosen.length === table.slots.length ? table.rows[rankOf(chosen, table)] : undefined;
  if (row === undefined) {
    const message = `Third-placed teams qualify from ${table.slots.length} different groups of ${table.groups}, got ${shown(thirds)}`;
    throw new TournamentError('INVALID_PAIRING', message, 'thirds', thirds);
  }
  return Object.fromEntries(table.slots.map((slot, i) => [slot, row.charAt(i)]));
}

/** Place of a choice among all choices of as many letters, in alphabetical order. */
function rankOf(chosen: readonly string[], { groups }: PairingTable): number {
  let rank = 0;
  let next = 0;
  chosen.forEach((letter, i) => {
    for (; groups.charAt(next) !== letter; next++) rank += choose(groups.length - 1 - next, chosen.length - 1 - i);
    next++;
  });
  return rank;
}

function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return n < k ? 0 : ways;
}
