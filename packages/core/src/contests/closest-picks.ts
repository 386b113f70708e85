import { shown } from '../text/shown.ts';
import { ContestError } from './contest-error.ts';
import type { CrowdSnapshot } from './crowd-snapshot.ts';

/** The smallest distance from the real margin among entrants with the right winner, and how many have it. */
export interface ClosestPicks {
  /** Null when nobody has the right winner. */
  readonly closest: number | null;
  readonly closestSharers: number;
}

/**
 * Finds the closest picks of a match, for {@link marginContest}.
 *
 * @param snapshot a {@link crowdSnapshot} of margins, each written as a whole number: `"-7"`, positive for the home team
 * @throws ContestError SNAPSHOT_INVALID when a pick is not a whole number
 */
export function closestPicks(snapshot: CrowdSnapshot, match: string, resultMargin: number): ClosestPicks {
  let closest: number | null = null;
  let closestSharers = 0;
  for (const { pick, picked } of snapshot.matches.find((crowd) => crowd.match === match)?.picks ?? []) {
    const margin = Number(pick);
    if (!Number.isInteger(margin) || pick !== String(margin)) {
      const message = `Picks of match "${match}" must be whole margins as text, such as "-7", got ${shown(pick)}.`;
      throw new ContestError('SNAPSHOT_INVALID', message, pick);
    }
    const distance = Math.abs(margin - resultMargin);
    if (Math.sign(margin) !== Math.sign(resultMargin) || (closest !== null && distance > closest)) continue;
    closestSharers = distance === closest ? closestSharers + picked : picked;
    closest = distance;
  }
  return { closest, closestSharers };
}
