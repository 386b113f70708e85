import { ScorekeepError } from '../errors.ts';
import { assertName, type Projection } from '../projections/projection.ts';

/** What a host writes to have scores ranked. See {@link board}. */
export interface BoardDefinition {
  /** The projection whose scores are ranked. */
  readonly of: Projection;
  /** How an entrant's scores become one: their sum. */
  readonly add: 'sum';
  /**
   * What decides between equal sums, first to last: ids of the rule set's tie-breaks. `subject` at the end orders
   * entrants that are still equal, so that every read shows them alike; it does not part them, they share a rank.
   */
  readonly ties?: readonly string[];
  /** How equal entrants are numbered: 1224 leaves a gap after them, 1223 none. Default 1224. */
  readonly rank?: BoardRank;
}

/** The numbering of equal entrants, named by its picture. */
export type BoardRank = '1224' | '1223';

/** A ranking of subjects by their scores. Made by {@link board}. */
export interface Board {
  readonly kind: 'board';
  readonly name: string;
  readonly of: Projection;
  readonly add: 'sum';
  readonly ties: readonly TieBreak[];
  readonly rank: BoardRank;
}

/** One tie-break of a board: the id in the rule set, and its column in the score table. */
export interface TieBreak {
  readonly id: string;
  readonly column: string;
  readonly order: 'desc' | 'asc';
}

/**
 * Declares a leaderboard over a projection. It is kept up in the transactions that write the scores, so it is exact at
 * every moment; declared later than the first scores, it is built from them.
 *
 * @param name lower-case letters, digits and underscores, at most 40
 * @throws ScorekeepError DEFINITION_INVALID, naming the tie-break that the rule set does not have
 */
export function board(name: string, definition: BoardDefinition): Board {
  const { of, add, ties = [], rank = '1224' } = definition;
  assertName('board', name);
  const invalid = (message: string): ScorekeepError =>
    new ScorekeepError('DEFINITION_INVALID', `board("${name}"): ${message}`, { board: name });
  if ((of as Projection | undefined)?.kind !== 'projection') throw invalid('of must be a projection(…)');
  if (add !== 'sum') throw invalid(`add must be "sum", got ${String(add)}`);
  if (rank !== '1224' && rank !== '1223') throw invalid(`rank must be 1224 or 1223, got ${String(rank)}`);
  const known = of.score.tieBreak ?? [];
  const columns = ties.flatMap((id, index): TieBreak[] => {
    if (id === 'subject') {
      if (index !== ties.length - 1) throw invalid('"subject" can only come last in ties');
      return [];
    }
    const at = known.findIndex((tie) => tie.id === id);
    if (at === -1) {
      const names = known.map((tie) => tie.id).join(', ') || 'none';
      throw invalid(`the rule set "${of.score.id}" has no tie-break "${id}"; it has ${names}`);
    }
    return [{ id, column: `tie_${at + 1}`, order: known[at]?.order ?? 'desc' }];
  });
  return { kind: 'board', name, of, add, ties: columns, rank };
}
