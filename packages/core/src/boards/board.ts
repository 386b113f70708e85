import { canonicalJson } from '../rules/canonical-json.ts';
import { BoardError } from './board-error.ts';
import { assertFact, type BoardFact, sameFact } from './fact.ts';
import { assertOperator, needsTime, type Operator } from './operator.ts';
import type { RankMethod } from './rank.ts';
import type { ScoreColumn } from './tally.ts';

/** What a board ranks, and how. Plain data. */
export interface BoardRules {
  /** How a subject's facts become one score. */
  readonly add: Operator;
  /** The columns of a score, the first decides. Empty for `count`, else 1 to 5. */
  readonly columns?: readonly ScoreColumn[];
  /** What decides between equal scores, first to last. Who is equal in all of it shares a rank. */
  readonly ties?: readonly TieRule[];
  /** How equal entrants are numbered. Default 1224. */
  readonly rank?: RankMethod;
}

/** A tie-break: another score over the same facts, or `reached`, where the score that was reached earlier is better. */
export type TieRule =
  | { readonly id: string; readonly add: Operator; readonly column?: string; readonly order?: 'desc' | 'asc' }
  | 'reached';

/** A board as the facts that it stands on: of each subject and id the highest revision. */
export interface Board {
  readonly rules: BoardRules;
  readonly facts: ReadonlyMap<string, ReadonlyMap<string, BoardFact>>;
}

/**
 * Folds facts into a board. Order and repetition of the facts do not matter: a fact that comes twice counts once, and a
 * correction counts whether it comes before or after what it corrects.
 *
 * @throws BoardError BOARD_INVALID, FACT_INVALID, FACTS_DISAGREE
 */
export function foldBoard(rules: BoardRules, facts: Iterable<BoardFact>): Board {
  assertRules(rules);
  const { columns, timed } = needs(rules);
  const board = new Map<string, Map<string, BoardFact>>();
  for (const fact of facts) {
    assertFact(fact, columns, timed);
    const own = board.get(fact.subject) ?? new Map<string, BoardFact>();
    board.set(fact.subject, own);
    keep(own, fact);
  }
  return { rules, facts: board };
}

/**
 * The board of the facts of both: associative, commutative, and merging a board with itself changes nothing.
 *
 * @throws BoardError BOARD_INVALID when the two follow different rules, FACTS_DISAGREE
 */
export function mergeBoards(a: Board, b: Board): Board {
  if (a.rules !== b.rules && canonicalJson(a.rules) !== canonicalJson(b.rules)) {
    throw new BoardError('BOARD_INVALID', 'Boards with different rules do not merge', b.rules);
  }
  const facts = new Map(a.facts);
  for (const [subject, theirs] of b.facts) {
    const own = new Map(facts.get(subject));
    for (const fact of theirs.values()) keep(own, fact);
    facts.set(subject, own);
  }
  return { rules: a.rules, facts };
}

/** Enough for any score that people can read. */
const COLUMNS_MAX = 5;

function keep(own: Map<string, BoardFact>, fact: BoardFact): void {
  const known = own.get(fact.id);
  const [mine, theirs] = [known?.revision ?? 0, fact.revision ?? 0];
  if (known === undefined || theirs > mine) own.set(fact.id, fact);
  else if (theirs === mine && !sameFact(known, fact)) {
    const name = `${JSON.stringify(fact.id)} of ${JSON.stringify(fact.subject)}`;
    const message = `Fact ${name} comes with revision ${mine} twice and differs; a correction needs a higher revision.`;
    throw new BoardError('FACTS_DISAGREE', message, fact);
  }
}

function needs({ add, columns = [], ties = [] }: BoardRules): { columns: string[]; timed: boolean } {
  const names = new Set(columns.map(({ id }) => id));
  let timed = needsTime(add);
  for (const tie of ties) {
    if (tie === 'reached') timed = true;
    else {
      timed ||= needsTime(tie.add);
      if (tie.column !== undefined) names.add(tie.column);
    }
  }
  return { columns: [...names], timed };
}

function assertRules({ add, columns = [], ties = [], rank = '1224' }: BoardRules): void {
  const invalid = (message: string, value: unknown): BoardError => new BoardError('BOARD_INVALID', message, value);
  assertOperator(add);
  if (add === 'count' && columns.length > 0) throw invalid('A count has no columns', columns);
  if (add !== 'count' && (columns.length === 0 || columns.length > COLUMNS_MAX)) {
    throw invalid(`A score has 1 to ${COLUMNS_MAX} columns, got ${columns.length}`, columns);
  }
  if (new Set(columns.map(({ id }) => id)).size !== columns.length) throw invalid('A column is named twice', columns);
  if (!['1224', '1334', '1223', 'fractional'].includes(rank)) {
    throw invalid(`rank must be 1224, 1334, 1223 or fractional, got ${rank}`, rank);
  }
  for (const tie of ties) {
    if (tie === 'reached') continue;
    assertOperator(tie.add);
    if ((tie.add === 'count') !== (tie.column === undefined)) {
      throw invalid(`Tie-break ${tie.id}: a count has no column, and everything else has one`, tie);
    }
  }
  const ids = ties.map((tie) => (tie === 'reached' ? tie : tie.id));
  if (new Set(ids).size !== ids.length) throw invalid('A tie-break is named twice', ties);
}
