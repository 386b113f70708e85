import { ContestError } from './contest-error.ts';

/** One entrant's margin for one match, positive for the home team. */
export interface MarginPick {
  readonly entrant: string;
  readonly margin: number;
}

/** The smallest distance from the real margin among entrants with the right winner, and how many have it. */
export interface ClosestPicks {
  /** Null when nobody has the right winner. */
  readonly closest: number | null;
  readonly closestSharers: number;
}

/**
 * Finds the closest picks of a match, for {@link marginContest}.
 *
 * @throws ContestError DUPLICATE_PICK when an entrant picks twice
 */
export function closestPicks(picks: Iterable<MarginPick>, resultMargin: number): ClosestPicks {
  const seen = new Set<string>();
  let closest: number | null = null;
  let closestSharers = 0;
  for (const { entrant, margin } of picks) {
    if (seen.has(entrant))
      throw new ContestError('DUPLICATE_PICK', `Entrant "${entrant}" has two picks; keep one.`, entrant);
    seen.add(entrant);
    if (Math.sign(margin) !== Math.sign(resultMargin)) continue;
    const distance = Math.abs(margin - resultMargin);
    if (closest !== null && distance > closest) continue;
    closestSharers = distance === closest ? closestSharers + 1 : 1;
    closest = distance;
  }
  return { closest, closestSharers };
}
