import { KERNELS } from './kernels.ts';
import { LIMITS } from './limits.ts';
import type { Program } from './node.ts';
import { arrayAt, choice, keysOf, nameAt, objectAt } from './parse-json.ts';
import { compileFold } from './parse-rule-set.ts';
import type { Definition, Expr, RuleSet } from './rule-set.ts';
import { RuleSetError } from './rule-set-error.ts';
import { type Row, scorer } from './to-function.ts';
import { scoreSql, smallest, type ToSqlOptions } from './to-sql.ts';

/**
 * How rows become one value per subject.
 *
 * - `["sum", value]` and `["count"]`.
 * - `["best", value, …]`: the greatest list of up to four values, compared from the first on: `["best", "$score",
 *   "$combo"]` is the best score with the combo of the same row.
 * - `["latest", order, value]`: the value of the row with the greatest `order`; of equals, the greatest value.
 *
 * All of them are commutative: rows may come in any order and in any grouping.
 */
export type Reducer =
  | readonly ['sum', Expr]
  | readonly ['count']
  | readonly ['best', Expr, ...Expr[]]
  | readonly ['latest', order: Expr, value: Expr];

/** A fold over rows as plain JSON, in the language of rule sets. Values fit int4; the order of `latest` may be a time. */
export interface FoldSet {
  readonly id: string;
  readonly version: number;
  readonly fields: RuleSet['fields'];
  readonly define?: readonly Definition[];
  /** Rows for which it does not hold are left out. */
  readonly where?: Expr;
  readonly reduce: { readonly [name: string]: Reducer };
}

/** What has been folded: a number for `sum` and `count`, a list for `best`, `[order, value]` for `latest`; null before any row. */
export type FoldState = { readonly [name: string]: number | readonly number[] | null };

export interface Fold {
  readonly initial: FoldState;
  /** The state after one more row. A row that the fields refuse, or `where` leaves out, changes nothing. */
  step(state: FoldState, row: Row): FoldState;
  /** The state of two groups of rows together. */
  merge(a: FoldState, b: FoldState): FoldState;
}

/** A fold as a part of a statement. */
export interface FoldSql {
  /** Goes into the select list, beside what the statement is grouped by: one column per reducer, under its name. */
  readonly select: string;
  /** Goes behind FROM: the rows `score`, with what was carried under its names. */
  readonly from: string;
  /** A condition on a row: it is folded in, neither refused by the fields nor left out by `where`. */
  readonly accepts: string;
  readonly values: string[];
}

/** @throws RuleSetError when the fold is not valid */
export function toFold(foldSet: FoldSet): Fold {
  const { program, reducers } = compileReducers(foldSet);
  const row = scorer(program, KERNELS);
  const merge = (a: FoldState, b: FoldState): FoldState =>
    Object.fromEntries(reducers.map(({ name, kind }) => [name, together(kind, a[name] ?? null, b[name] ?? null)]));
  return {
    initial: Object.fromEntries(
      reducers.map(({ name, kind }) => [name, kind === 'sum' || kind === 'count' ? 0 : null]),
    ),
    merge,
    step(state, values) {
      const { reason, fired, ties } = row.score(values);
      if (reason !== 0 || fired === 0n) return state;
      const one = reducers.map(({ name, kind, first, width }) => {
        const own = ties.slice(first, first + width).map(Number);
        if (kind === 'count') return [name, 1];
        if (kind === 'sum') return [name, own[0] ?? 0];
        return [name, kind === 'best' ? own : [(own[0] ?? 0) * HALF + (own[1] ?? 0), own[2] ?? 0]];
      });
      return merge(state, Object.fromEntries(one));
    },
  };
}

/** @throws RuleSetError when the fold is not valid, or a field has no column */
export function toFoldSql(foldSet: FoldSet, options: ToSqlOptions): FoldSql {
  const { program, reducers } = compileReducers(foldSet);
  const { text, values } = smallest((form) => scoreSql(program, options, form));
  const accepts = '(score.reason = 0 and score.fired <> 0)';
  const counted = `filter (where ${accepts})`;
  const select = reducers.map(({ name, kind, first, width }) => {
    const own = Array.from({ length: width }, (_, i) => `score.tie_${first + i + 1}`);
    const greatest = `max(array[${own.join(', ')}]) ${counted}`;
    const aggregate = {
      sum: `coalesce(sum(${own[0]}) ${counted}, 0)::int8`,
      count: `count(*) ${counted}`,
      best: greatest,
      latest: `case when (${greatest}) is not null then array[(${greatest})[1]::int8 * ${HALF} + (${greatest})[2], (${greatest})[3]] end`,
    };
    return `${aggregate[kind]} as "${name}"`;
  });
  return { select: select.join(', '), from: `(${text}) as score`, accepts, values };
}

/** What a reducer does, and the columns of {@link FoldSql.from} that hold its values for a row: int4, in their order. */
export interface ReducerColumns {
  readonly kind: Reducer[0];
  readonly columns: readonly string[];
}

/**
 * The reducers of a fold by name, in its order.
 *
 * @throws RuleSetError when the fold is not valid
 */
export function reducerColumns(foldSet: FoldSet): ReadonlyMap<string, ReducerColumns> {
  return new Map(
    compileReducers(foldSet).reducers.map(({ name, kind, first, width }) => [
      name,
      { kind, columns: Array.from({ length: width }, (_, i) => `tie_${first + i + 1}`) },
    ]),
  );
}

/** Orders may be times, which fit no int4: they travel as two halves, and halves compare like the whole. */
const HALF: number = 2 ** 31;

interface CompiledReducer {
  readonly name: string;
  readonly kind: Reducer[0];
  /** Where its values begin among those of the row, and how many they are. */
  readonly first: number;
  readonly width: number;
}

/** A fold is a rule set with one rule, `where`, whose tie-breaks are the values to reduce: so both back ends are the same. */
function compileReducers(json: FoldSet): { program: Program; reducers: CompiledReducer[] } {
  const raw = objectAt(json, '');
  keysOf(raw, '', ['id', 'version', 'fields', 'reduce'], ['define', 'where']);
  const entries = Object.entries(objectAt(raw['reduce'], 'reduce'));
  if (entries.length === 0 || entries.length > LIMITS.reducers) {
    throw new RuleSetError(
      'LIMIT_EXCEEDED',
      'reduce',
      `A fold has 1 to ${LIMITS.reducers} reducers, got ${entries.length}.`,
      entries.length,
    );
  }
  const values: Expr[] = [];
  const reducers = entries.map(([name, reducer]): CompiledReducer => {
    nameAt(name, 'reduce');
    const [kind, ...operands] = arrayAt(reducer, `reduce.${name}`, 1, 5) as [unknown, ...Expr[]];
    const known = choice(kind, `reduce.${name}[0]`, ['sum', 'count', 'best', 'latest'] as const);
    const [least, most] = { sum: [1, 1], count: [0, 0], best: [1, 4], latest: [2, 2] }[known] as [number, number];
    if (operands.length < least || operands.length > most) {
      throw new RuleSetError(
        'OPERAND_COUNT',
        `reduce.${name}`,
        `"${known}" takes ${least === most ? least : `${least} to ${most}`} values, got ${operands.length}.`,
        operands.length,
      );
    }
    const [order = 0, value = 0] = operands;
    const own: Expr[] = known === 'latest' ? [['div', order, HALF, 'floor'], ['mod', order, HALF], value] : operands;
    values.push(...own);
    return { name, kind: known, first: values.length - own.length, width: own.length };
  });
  const { reduce: _, where = true, ...rest } = json;
  const tieBreak = values.map((value, i) => ({ id: `v${i}`, value }));
  const ruleSet = { ...rest, mode: 'sum', rules: [{ id: 'where', when: where, points: 0 }], tieBreak };
  return { program: compileFold(ruleSet, LIMITS.reducers * 4), reducers };
}

function together(
  kind: Reducer[0],
  a: number | readonly number[] | null,
  b: number | readonly number[] | null,
): number | readonly number[] | null {
  if (kind === 'sum' || kind === 'count') return Number(a) + Number(b);
  if (a === null || b === null) return a ?? b;
  return compare(a as readonly number[], b as readonly number[]) >= 0 ? a : b;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, x] of a.entries()) {
    const difference = x - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
