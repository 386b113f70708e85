/** The numbering of equal entries, named by its picture: [100, 90, 90, 80] becomes 1 2 2 4, 1 3 3 4, 1 2 2 3 or 1 2.5 2.5 4. */
export type RankMethod = '1224' | '1334' | '1223' | 'fractional';

/** Where a list begins in the whole ranking, when it is a part of it. */
export interface RankStart {
  /** How many entries are better than the first of the list. */
  readonly better: number;
  /** How many different standings are better; only dense ranks (1223) read it. */
  readonly betterDistinct?: number;
  /** How many equals of the first entry come before the list. Default 0. */
  readonly equalBefore?: number;
}

/**
 * Numbers entries that are already in order, best first. Equal entries share a rank; what comes between them in the
 * list does not matter.
 *
 * @param entries best first; equal entries must stand together
 * @param equal whether two neighbours share a rank
 * @param start where the list begins in the whole ranking. Ranks 1334 and fractional also need the last group complete
 * @returns one rank per entry, in the same order
 */
export function rankOrdered<Entry>(
  entries: readonly Entry[],
  equal: (a: Entry, b: Entry) => boolean,
  method: RankMethod = '1224',
  start: RankStart = { better: 0 },
): number[] {
  const ranks: number[] = [];
  const before = start.better + (start.equalBefore ?? 0);
  let group = start.betterDistinct ?? start.better;
  for (let from = 0; from < entries.length; ) {
    const to = endOfEquals(entries, equal, from);
    group++;
    const first = from === 0 ? start.better + 1 : before + from + 1;
    const last = before + to;
    const rank = rankOfEquals(method, first, last, group);
    for (let i = from; i < to; i++) ranks.push(rank);
    from = to;
  }
  return ranks;
}

/**
 * The rank of equals that stand at the places `first` to `last`, counted from 1, and are the `group`th of the different standings.
 */
export function rankOfEquals(method: RankMethod, first: number, last: number, group: number): number {
  switch (method) {
    case '1224':
      return first;
    case '1334':
      return last;
    case '1223':
      return group;
    case 'fractional':
      return (first + last) / 2;
  }
}

function endOfEquals<Entry>(entries: readonly Entry[], equal: (a: Entry, b: Entry) => boolean, from: number): number {
  const leader = entries[from] as Entry;
  let to = from + 1;
  while (to < entries.length && equal(leader, entries[to] as Entry)) to++;
  return to;
}
