import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../rules/index.ts';
import { ContestError } from './contest-error.ts';

/** What one entrant picked for one match: an outcome, a scoreline, whatever the rule compares; null is a missing pick. */
export interface CrowdPick {
  readonly match: string;
  readonly entrant: string;
  readonly pick: string | null;
}

/** How many picked what, frozen when predictions close, so that a replay pays what the first run paid. Plain JSON. */
export interface CrowdSnapshot {
  /** SHA-256, in hexadecimal, of the canonical JSON of `matches`: the snapshot's identity. */
  readonly hash: string;
  /** Sorted by match, then by pick. */
  readonly matches: readonly CrowdMatch[];
}

export interface CrowdMatch {
  readonly match: string;
  /** Entrants who picked at all. */
  readonly poolTotal: number;
  readonly picks: readonly { readonly pick: string; readonly picked: number }[];
}

/**
 * Counts picks by match. Missing picks do not count, and the order of the picks means nothing.
 *
 * @throws ContestError DUPLICATE_PICK when an entrant picks twice for a match
 */
export function crowdSnapshot(picks: Iterable<CrowdPick>): CrowdSnapshot {
  const counts = new Map<string, Map<string, number>>();
  const seen = new Map<string, Set<string>>();
  for (const { match, entrant, pick } of picks) {
    const entrants = seen.get(match) ?? new Set();
    seen.set(match, entrants);
    if (entrants.has(entrant)) {
      throw new ContestError(
        'DUPLICATE_PICK',
        `Entrant "${entrant}" has two picks for match "${match}"; keep one.`,
        entrant,
      );
    }
    entrants.add(entrant);
    const byPick = counts.get(match) ?? new Map<string, number>();
    counts.set(match, byPick);
    if (pick !== null) byPick.set(pick, (byPick.get(pick) ?? 0) + 1);
  }
  const matches = sorted(counts).map(([match, byPick]) => ({
    match,
    poolTotal: [...byPick.values()].reduce((sum, picked) => sum + picked, 0),
    picks: sorted(byPick).map(([pick, picked]) => ({ pick, picked })),
  }));
  return { hash: hashOf(matches), matches };
}

/** The fields of a row that crowd-relative rules read. Both are 0 for a match that the snapshot does not have. */
export function crowdCounts(
  snapshot: CrowdSnapshot,
  match: string,
  pick: string,
): { readonly picked: number; readonly poolTotal: number } {
  const found = find(snapshot.matches, (crowd) => crowd.match, match);
  if (found === undefined) return { picked: 0, poolTotal: 0 };
  return { picked: find(found.picks, (count) => count.pick, pick)?.picked ?? 0, poolTotal: found.poolTotal };
}

/**
 * Checks a stored snapshot against its hash, so that one that was edited is not used.
 *
 * @throws ContestError SNAPSHOT_INVALID
 */
export function assertCrowdSnapshot(snapshot: CrowdSnapshot): void {
  const hash = hashOf(snapshot.matches);
  if (hash === snapshot.hash) return;
  throw new ContestError(
    'SNAPSHOT_INVALID',
    `The crowd snapshot says hash ${snapshot.hash}, its counts have ${hash}. Restore the counts that were frozen.`,
    snapshot.hash,
  );
}

const hashOf = (matches: readonly CrowdMatch[]): string => bytesToHex(sha256(utf8ToBytes(canonicalJson(matches))));

/** By code units: the same order everywhere. */
const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

function find<T>(list: readonly T[], key: (item: T) => string, wanted: string): T | undefined {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (key(list[middle] as T) < wanted) from = middle + 1;
    else to = middle;
  }
  const item = list[from];
  return item !== undefined && key(item) === wanted ? item : undefined;
}
