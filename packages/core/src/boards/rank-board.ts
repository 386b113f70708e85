import { compare, type Rational, type Rounding, rational, toFixed } from '../odds/rational.ts';
import type { Board, BoardRules, TieRule } from './board.ts';
import { BoardError } from './board-error.ts';
import { type BoardFact, byCodeUnits } from './fact.ts';
import { isDecay, type Operator } from './operator.ts';
import { rankOrdered } from './rank.ts';
import { reachedAt, type ScoreColumn, tallyFacts, tallyScore } from './tally.ts';

/** Which facts and subjects count, and how fractions are shown. */
export interface RankOptions {
  /** Only facts from `start`, up to and not including `end`, in epoch milliseconds: a window. Default: all. */
  readonly during?: { readonly start: number | null; readonly end: number | null };
  /** Subjects that are taken off the board; the others move up. */
  readonly excluded?: ReadonlySet<string>;
  /** The moment that a board with decayed scores is seen at, in epoch milliseconds; what happens later does not count yet. */
  readonly asOf?: number;
  /** How averages and decayed scores are rounded for {@link Standing.score}. Ranks compare them unrounded. Default `half-up`. */
  readonly rounding?: Rounding;
}

/** A subject's place on a board. */
export interface Standing {
  readonly rank: number;
  readonly subject: string;
  /** Column by column, in the unit of the facts, rounded to a whole number. */
  readonly score: readonly number[];
  /** The same, exactly. */
  readonly exact: readonly Rational[];
  /** The tie-breaks by id, rounded alike; `reached` in epoch milliseconds. */
  readonly ties: Readonly<Record<string, number>>;
  /** How many facts it comes from. */
  readonly facts: number;
}

/**
 * Ranks a board. The order of equal subjects is by their code units and is never a rank of its own: the same facts give the
 * same standings, whatever came first.
 *
 * @throws BoardError OUT_OF_RANGE when a total is beyond 2^53 − 1, FACT_INVALID for a fact without the time that `during` needs
 */
export function rankBoard(board: Board, options: RankOptions = {}): Standing[] {
  const { columns = [], add, ties = [], rank = '1224' } = board.rules;
  const { rounding = 'half-up', excluded } = options;
  const seenAt = decays(board.rules) ? options.asOf : undefined;
  const orders = [...(add === 'count' ? (['desc'] as const) : columns.map(({ order }) => order)), ...ties.map(orderOf)];
  const lines: { subject: string; keys: readonly Rational[]; facts: number }[] = [];
  for (const [subject, facts] of board.facts) {
    if (excluded?.has(subject)) continue;
    const counted = [...facts.values()].filter((fact) => counts(fact, options, seenAt));
    if (counted.length === 0) continue;
    const score = scoreOf(add, columns, counted, options.asOf);
    const keys = [...score.values, ...ties.map((tie) => tieOf(tie, score.reached, counted, options.asOf))];
    lines.push({ subject, keys, facts: counted.length });
  }
  const compareKeys = (a: readonly Rational[], b: readonly Rational[]): number => {
    for (const [i, order] of orders.entries()) {
      const difference = compareQuickly(a[i] as Rational, b[i] as Rational);
      if (difference !== 0) return order === 'asc' ? difference : -difference;
    }
    return 0;
  };
  lines.sort((a, b) => compareKeys(a.keys, b.keys) || byCodeUnits(a.subject, b.subject));
  const ranks = rankOrdered(lines, (a, b) => compareKeys(a.keys, b.keys) === 0, rank);
  const width = orders.length - ties.length;
  return lines.map(({ subject, keys, facts }, i) => {
    const shown = keys.map((key) => whole(key, rounding, subject));
    const names = ties.map((tie, j) => [tie === 'reached' ? tie : tie.id, shown[width + j] ?? 0] as const);
    const score = shown.slice(0, width);
    return { rank: ranks[i] ?? 0, subject, score, exact: keys.slice(0, width), ties: Object.fromEntries(names), facts };
  });
}

const decays = ({ add, ties = [] }: BoardRules): boolean =>
  isDecay(add) || ties.some((tie) => tie !== 'reached' && isDecay(tie.add));

/** @param seenAt the moment that the whole board is seen at: a tally knows steps only, so within one it cannot tell later from now */
function counts(fact: BoardFact, { during }: RankOptions, seenAt: number | undefined): boolean {
  if (fact.values === null) return false;
  if (seenAt !== undefined && fact.at !== undefined && fact.at > seenAt) return false;
  if (during === undefined) return true;
  if (fact.at === undefined) {
    const name = `${JSON.stringify(fact.id)} of ${JSON.stringify(fact.subject)}`;
    throw new BoardError('FACT_INVALID', `Fact ${name} has no time, so it is in no window`, fact);
  }
  return (during.start === null || fact.at >= during.start) && (during.end === null || fact.at < during.end);
}

function scoreOf(
  add: Operator,
  columns: readonly ScoreColumn[],
  facts: readonly BoardFact[],
  asOf: number | undefined,
): { values: readonly Rational[]; reached: number | undefined } {
  const tally = tallyFacts(add, columns, facts);
  return { values: tallyScore(add, columns, tally, asOf), reached: reachedAt(tally) };
}

function tieOf(
  tie: TieRule,
  reached: number | undefined,
  facts: readonly BoardFact[],
  asOf: number | undefined,
): Rational {
  // A sum that no fact ever moved was there from the beginning of time.
  if (tie === 'reached') return rational(BigInt(reached ?? Number.MIN_SAFE_INTEGER));
  const columns = tie.column === undefined ? [] : [{ id: tie.column, order: tie.order ?? 'desc' }];
  return scoreOf(tie.add, columns, facts, asOf).values[0] as Rational;
}

/** Decayed scores have thousands of digits; where their first ones differ, they need not be multiplied. */
function compareQuickly(a: Rational, b: Rational): number {
  const difference = firstDigits(a) - firstDigits(b);
  return difference === 0n ? compare(a, b) : Number(difference);
}

/** The whole part and 64 binary digits: of the greater of two numbers it is never less. */
const firstDigits = ({ numerator, denominator }: Rational): bigint => (numerator << 64n) / denominator;

const orderOf = (tie: TieRule): 'asc' | 'desc' => (tie === 'reached' ? 'asc' : (tie.order ?? 'desc'));

function whole(value: Rational, rounding: Rounding, subject: string): number {
  const rounded = Number(value.denominator === 1n ? value.numerator : toFixed(value, 0, rounding));
  if (Number.isSafeInteger(rounded)) return rounded;
  throw new BoardError(
    'OUT_OF_RANGE',
    `The total of ${JSON.stringify(subject)} is beyond 2^53 - 1: ${rounded}`,
    subject,
  );
}
