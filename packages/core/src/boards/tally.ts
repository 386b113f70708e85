import { gcd, type Rational, rational, ZERO } from '../odds/rational.ts';
import { BoardError } from './board-error.ts';
import { type BoardFact, byCodeUnits } from './fact.ts';
import type { Operator } from './operator.ts';

/** A column of a score, and which way round is better. */
export interface ScoreColumn {
  readonly id: string;
  /** `asc` where less is better, as for times. Default `desc`. */
  readonly order?: 'desc' | 'asc';
}

/**
 * What an operator has to remember of a subject's facts. Tallies of different facts merge, in any order and grouping, into
 * the tally of all of them; so work can be divided. Those of `best`, `latest` and `averageOfTop` may even share facts.
 */
export type Tally =
  | { readonly kind: 'runs'; readonly runs: readonly BoardFact[] }
  | { readonly kind: 'sums'; readonly count: number; readonly sums: readonly bigint[]; readonly last: number }
  | { readonly kind: 'decayed'; readonly steps: ReadonlyMap<number, readonly bigint[]>; readonly last: number };

/** The tally of one fact that was not taken back. */
export function tallyFact(operator: Operator, columns: readonly ScoreColumn[], fact: BoardFact): Tally {
  if (operator === 'best' || operator === 'latest') return { kind: 'runs', runs: [fact] };
  if (typeof operator === 'object' && 'averageOfTop' in operator) return { kind: 'runs', runs: [fact] };
  const values = columns.map(({ id }) => BigInt(fact.values?.[id] ?? 0));
  const counts = operator === 'count' || operator === 'average' || values.some((value) => value !== 0n);
  const last = counts ? (fact.at ?? NEVER) : NEVER;
  if (typeof operator === 'object') {
    return { kind: 'decayed', steps: new Map([[Math.floor((fact.at ?? 0) / operator.decay.every), values]]), last };
  }
  return { kind: 'sums', count: 1, sums: values, last };
}

/** The tally of the facts of both. */
export function mergeTallies(operator: Operator, columns: readonly ScoreColumn[], a: Tally, b: Tally): Tally {
  return mergeAll(operator, columns, [a, b]);
}

/** The tally of several facts that were not taken back, one at least. */
export function tallyFacts(operator: Operator, columns: readonly ScoreColumn[], facts: readonly BoardFact[]): Tally {
  const tallies = facts.map((fact) => tallyFact(operator, columns, fact));
  return mergeAll(operator, columns, tallies);
}

/** All at once: one after the other would copy for each what the ones before it come to. */
function mergeAll(operator: Operator, columns: readonly ScoreColumn[], tallies: readonly Tally[]): Tally {
  if (tallies.every((tally) => tally.kind === 'runs')) return mergeRuns(operator, columns, tallies);
  const last = tallies.reduce(
    (latest, tally) => (tally.kind === 'runs' ? latest : Math.max(latest, tally.last)),
    NEVER,
  );
  if (tallies.every((tally) => tally.kind === 'sums')) {
    const count = tallies.reduce((total, tally) => total + tally.count, 0);
    return { kind: 'sums', count, sums: tallies.map(({ sums }) => sums).reduce(plus), last };
  }
  if (tallies.every((tally) => tally.kind === 'decayed')) {
    const steps = new Map<number, readonly bigint[]>();
    for (const tally of tallies) {
      for (const [step, sums] of tally.steps) steps.set(step, plus(sums, steps.get(step) ?? []));
    }
    return { kind: 'decayed', steps, last };
  }
  const kinds = tallies.map(({ kind }) => kind).join(', ');
  throw new BoardError('BOARD_INVALID', `Tallies of different operators do not merge: ${kinds}`);
}

function mergeRuns(
  operator: Operator,
  columns: readonly ScoreColumn[],
  tallies: readonly Extract<Tally, { kind: 'runs' }>[],
): Tally {
  const order = operator === 'latest' ? latestFirst(columns) : bestFirst(columns);
  const seen = new Set<string>();
  const runs = tallies
    .flatMap((tally) => tally.runs)
    .sort(order)
    .filter(({ id }) => !seen.has(id) && seen.add(id))
    .slice(0, typeof operator === 'object' && 'averageOfTop' in operator ? operator.averageOfTop : 1);
  return { kind: 'runs', runs };
}

/**
 * The score that a tally stands for, column by column, exactly.
 *
 * @param asOf the moment that decayed values are seen at, epoch milliseconds; what happens in a later step does not count yet
 */
export function tallyScore(
  operator: Operator,
  columns: readonly ScoreColumn[],
  tally: Tally,
  asOf?: number,
): readonly Rational[] {
  if (tally.kind === 'runs') {
    const { runs } = tally;
    const sum = (id: string): bigint => runs.reduce((total, run) => total + BigInt(run.values?.[id] ?? 0), 0n);
    return columns.map(({ id }) => rational(sum(id), BigInt(runs.length)));
  }
  if (tally.kind === 'decayed') return decayedScore(operator, columns, tally.steps, asOf);
  if (operator === 'count') return [rational(BigInt(tally.count))];
  return tally.sums.map((sum) => rational(sum, operator === 'average' ? BigInt(tally.count) : 1n));
}

/** When a score was reached: the time of the run, or of the last fact that moved it. Undefined where facts have no time. */
export function reachedAt(tally: Tally): number | undefined {
  const last = tally.kind === 'runs' ? Math.max(...tally.runs.map(({ at = NEVER }) => at)) : tally.last;
  return last === NEVER ? undefined : last;
}

/** Most steps that decay is computed over: beyond them the numbers have thousands of digits. */
const STEPS_MAX = 10_000;

const NEVER = Number.NEGATIVE_INFINITY;

function decayedScore(
  operator: Operator,
  columns: readonly ScoreColumn[],
  steps: ReadonlyMap<number, readonly bigint[]>,
  asOf: number | undefined,
): readonly Rational[] {
  if (typeof operator !== 'object' || !('decay' in operator) || asOf === undefined) {
    throw new BoardError(
      'BOARD_INVALID',
      'A decayed board is seen at a moment: pass asOf, in epoch milliseconds',
      asOf,
    );
  }
  const [numerator, denominator] = operator.decay.keep;
  const keep = rational(BigInt(numerator), BigInt(denominator));
  const now = Math.floor(asOf / operator.decay.every);
  const newestFirst = [...steps].filter(([step]) => step <= now).sort(([a], [b]) => b - a);
  const oldest = now - (newestFirst.at(-1)?.[0] ?? now);
  if (oldest > STEPS_MAX) {
    const message = `A fact is ${oldest} decay steps old; at most ${STEPS_MAX} are computed. Leave older facts out.`;
    throw new BoardError('OUT_OF_RANGE', message, oldest);
  }
  return columns.map((_, i) =>
    decayedSum(
      keep,
      newestFirst.map(([step, sums]) => [now - step, sums[i] ?? 0n]),
    ),
  );
}

/** The sum of value · keep^age, ages ascending. */
function decayedSum(keep: Rational, values: readonly (readonly [age: number, value: bigint])[]): Rational {
  // The total so far is over denominator^reached, so that going on multiplies by small numbers only.
  let [total, power, reached] = [0n, 1n, 0];
  for (const [age, value] of values) {
    const further = BigInt(age - reached);
    power *= keep.numerator ** further;
    total = total * keep.denominator ** further + value * power;
    reached = age;
  }
  return total === 0n ? ZERO : overPower(total, keep.denominator, reached);
}

/**
 * total / base^exponent in lowest terms. Only factors of `base` can be common, so they are found in small numbers: Euclid's
 * algorithm takes as many steps as the numbers have digits.
 */
function overPower(total: bigint, base: bigint, exponent: number): Rational {
  let [numerator, denominator] = [total, base ** BigInt(exponent)];
  for (;;) {
    const common = gcd(denominator, gcd(numerator, base));
    if (common === 1n) return { numerator, denominator };
    numerator /= common;
    denominator /= common;
  }
}

/** A total order of runs: by the columns, then the earlier run, then the id. It asks nothing of the order of arrival. */
function bestFirst(columns: readonly ScoreColumn[]): (a: BoardFact, b: BoardFact) => number {
  return (a, b) => {
    for (const { id, order } of columns) {
      const [mine, theirs] = [a.values?.[id] ?? 0, b.values?.[id] ?? 0];
      if (mine !== theirs) return mine > theirs === (order !== 'asc') ? -1 : 1;
    }
    return (a.at ?? 0) - (b.at ?? 0) || byCodeUnits(a.id, b.id);
  };
}

/** Of two runs at one moment the better is the latest. */
function latestFirst(columns: readonly ScoreColumn[]): (a: BoardFact, b: BoardFact) => number {
  const best = bestFirst(columns);
  return (a, b) => (b.at ?? 0) - (a.at ?? 0) || best(a, b);
}

const plus = (a: readonly bigint[], b: readonly bigint[]): bigint[] => a.map((value, i) => value + (b[i] ?? 0n));
