import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../rules/index.ts';
import type { Scoreline } from '../tournaments/scoreline.ts';
import { ContestError } from './contest-error.ts';

/** A prediction that takes part in a match's pots. */
export interface PotEntry {
  readonly entrant: string;
  readonly home: number;
  readonly away: number;
}

/** The fields of a row of {@link pariMutuel} that depend on everybody's predictions. Places count from 1; 0 is no winner. */
export interface PotShare {
  readonly entrant: string;
  readonly poolTotal: number;
  readonly outcomeWinners: number;
  readonly outcomePlace: number;
  readonly differenceWinners: number;
  readonly differencePlace: number;
  readonly exactWinners: number;
  readonly exactPlace: number;
}

/** The shares of a match's pots, frozen: the hash is their identity, the same whatever the order of the entries. */
export interface PotShares {
  /** SHA-256, in hexadecimal, of the canonical JSON of the shares, sorted by entrant. */
  readonly hash: string;
  /** In the order of the entries. */
  readonly shares: readonly PotShare[];
}

/**
 * Who wins each pot of a match. Winners take their places by entrant, in code unit order, so
 * the thousandths that equal shares leave over go to the same entrants whatever the order of the entries.
 *
 * @throws ContestError DUPLICATE_PICK when an entrant occurs twice
 */
export function potShares(entries: readonly PotEntry[], [home, away]: Scoreline): PotShares {
  const goalDifference = home - away;
  const outcome = places(entries, (entry) => Math.sign(entry.home - entry.away) === Math.sign(goalDifference));
  const difference = places(entries, (entry) => entry.home - entry.away === goalDifference);
  const exact = places(entries, (entry) => entry.home === home && entry.away === away);
  const shares = entries.map(({ entrant }) => ({
    entrant,
    poolTotal: entries.length,
    outcomeWinners: outcome.size,
    outcomePlace: outcome.get(entrant) ?? 0,
    differenceWinners: difference.size,
    differencePlace: difference.get(entrant) ?? 0,
    exactWinners: exact.size,
    exactPlace: exact.get(entrant) ?? 0,
  }));
  const frozen = shares.toSorted((a, b) => (a.entrant < b.entrant ? -1 : 1));
  return { hash: bytesToHex(sha256(utf8ToBytes(canonicalJson(frozen)))), shares };
}

function places(entries: readonly PotEntry[], wins: (entry: PotEntry) => boolean): ReadonlyMap<string, number> {
  const entrants = new Set<string>();
  for (const { entrant } of entries) {
    if (entrants.has(entrant))
      throw new ContestError('DUPLICATE_PICK', `Entrant "${entrant}" has two entries; keep one.`, entrant);
    entrants.add(entrant);
  }
  const winners = entries.filter(wins).map(({ entrant }) => entrant);
  return new Map(winners.sort((a, b) => (a < b ? -1 : 1)).map((entrant, i) => [entrant, i + 1]));
}
