import type { Standing } from './standings.ts';

/** Who is through, and between whom the facts at hand do not decide. */
export interface Qualification {
  /** Teams that are certain, best first. */
  readonly qualified: readonly string[];
  /** Teams that share the rank on the line: drawing lots, a ranking or conduct points have to decide. Mostly empty. */
  readonly undecided: readonly string[];
}

/**
 * The first `count` teams of a table. A shared rank that lies across the line qualifies nobody; it is reported instead.
 *
 * @param table standings, best first
 */
export function qualified(table: readonly Standing[], count: number): Qualification {
  const line = table[count - 1]?.rank ?? 0;
  const beyond = table[count]?.rank;
  const split = beyond === line ? line : undefined;
  return {
    qualified: table
      .slice(0, count)
      .filter(({ rank }) => rank !== split)
      .map(({ team }) => team),
    undecided: table.filter(({ rank }) => rank === split).map(({ team }) => team),
  };
}
