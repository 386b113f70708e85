import { type Row, type RuleSet, toFunction } from '../../rules/index.ts';
import { candidateValues } from './candidate-values.ts';

/** An entrant who enters the same for every match. */
export interface NaiveStrategy {
  /** The same entry each time: `{ home: 2, away: 1 }`. */
  readonly entry: Row;
  /** What it earns for a match on average, in points. */
  readonly pointsPerMatch: number;
  /** The share of matches that pay anything. */
  readonly hitRate: number;
}

export interface NaiveStrategies {
  /** Results that the averages are over. */
  readonly matches: number;
  /** The strategy that earns most, then the best of those that earn mostly on other results, and so on. */
  readonly kinds: readonly NaiveStrategy[];
  /** What an entry earns that is drawn from the results of other matches; null when entries and results do not correspond. */
  readonly likeOtherResults: number | null;
}

const MOST_ENTRIES = 256;
const MOST_KINDS = 5;

/**
 * Plays every constant entry against real results. Entries are combinations of values for the fields that an entrant
 * chooses: by default those that have a result, as `home` has `resultHome`.
 *
 * Undefined when entries cannot be enumerated: no results, a vector or text to enter, too many fields, or required fields
 * that are neither chosen nor given by the results.
 */
export function naiveStrategies(
  ruleSet: RuleSet,
  results: readonly Row[],
  chosen: readonly string[] = Object.keys(ruleSet.fields).filter((name) =>
    Object.hasOwn(ruleSet.fields, resultOf(name)),
  ),
): NaiveStrategies | undefined {
  const entries = entriesOf(ruleSet, results, chosen);
  const distinct = distinctRows(ruleSet, results);
  if (entries === undefined || distinct.length === 0 || distinct.length * entries.length > 20_000_000) return undefined;
  const points = scoreEach(ruleSet, entries, distinct);
  const total = results.length;
  const strategies = entries.map((entry, e) => {
    const paid = points[e] as Int32Array;
    let [sum, hits] = [0, 0];
    for (const [r, { count }] of distinct.entries()) {
      sum += count * (paid[r] as number);
      if ((paid[r] as number) > 0) hits += count;
    }
    return { strategy: { entry, pointsPerMatch: sum / total / 1000, hitRate: hits / total }, paid, sum };
  });
  strategies.sort((a, b) => b.sum - a.sum);
  const kinds: typeof strategies = [];
  for (const strategy of strategies) {
    if (kinds.length === MOST_KINDS || strategy.sum <= 0) break;
    if (kinds.every((kind) => 2 * shared(strategy.paid, kind.paid, distinct) < strategy.sum)) kinds.push(strategy);
  }
  return {
    matches: total,
    kinds: kinds.map(({ strategy }) => strategy),
    likeOtherResults: likeOtherResults(ruleSet, Object.keys(entries[0] ?? {}), distinct, total),
  };
}

interface Counted {
  readonly row: Row;
  readonly count: number;
}

function entriesOf(ruleSet: RuleSet, results: readonly Row[], names: readonly string[]): readonly Row[] | undefined {
  const given = new Set(results.flatMap((row) => Object.keys(row)));
  const open = Object.entries(ruleSet.fields).filter(([name]) => !given.has(name));
  const chosen = open.filter(([name, field]) => names.includes(name) && field.optional !== true);
  if (chosen.length === 0 || open.some(([name, field]) => !names.includes(name) && field.optional !== true))
    return undefined;
  if (chosen.some(([, { type }]) => type === 'ints' || type === 'text')) return undefined;
  let entries: Row[] = [{}];
  const ints = chosen.filter(([, { type }]) => type === 'int').length;
  const few = Math.floor(MOST_ENTRIES ** (1 / Math.max(ints, 1)));
  for (const [name, field] of chosen) {
    const values = candidateValues(field, { numbers: [], texts: [] }, Math.min(few, 10)).filter(
      (value) => field.type !== 'int' || value === null || (value as number) < field.min + 10,
    );
    entries = entries.flatMap((entry) => values.map((value) => ({ ...entry, [name]: value })));
    if (entries.length > 4 * MOST_ENTRIES) return undefined;
  }
  return entries;
}

function distinctRows(ruleSet: RuleSet, results: readonly Row[]): readonly Counted[] {
  const fields = Object.keys(ruleSet.fields).filter((name) => results.some((row) => Object.hasOwn(row, name)));
  const rows = new Map<string, { row: Row; count: number }>();
  for (const result of results) {
    const key = JSON.stringify(fields.map((name) => result[name] ?? null));
    const known = rows.get(key);
    if (known === undefined) rows.set(key, { row: result, count: 1 });
    else known.count++;
  }
  return [...rows.values()];
}

/** Milli-points, by entry and result; 0 where a row is not scored. */
function scoreEach(ruleSet: RuleSet, entries: readonly Row[], results: readonly Counted[]): readonly Int32Array[] {
  const columns = Object.fromEntries(
    Object.keys(ruleSet.fields).map((name) => {
      const column: unknown[] = [];
      for (const entry of entries) {
        for (const { row } of results)
          column.push(Object.hasOwn(entry, name) ? entry[name] : Object.hasOwn(row, name) ? row[name] : null);
      }
      return [name, column];
    }),
  );
  const { milli } = toFunction(ruleSet).scoreColumns(columns, entries.length * results.length);
  return entries.map((_, e) => milli.subarray(e * results.length, (e + 1) * results.length));
}

function shared(a: Int32Array, b: Int32Array, results: readonly Counted[]): number {
  let sum = 0;
  for (const [r, { count }] of results.entries()) sum += count * Math.max(0, Math.min(a[r] as number, b[r] as number));
  return sum;
}

/** The field with the result of another: `resultHome` of `home`. */
const resultOf = (name: string): string => `result${name.charAt(0).toUpperCase()}${name.slice(1)}`;

function likeOtherResults(
  ruleSet: RuleSet,
  chosen: readonly string[],
  distinct: readonly Counted[],
  total: number,
): number | null {
  const twins = chosen.every((name) => Object.hasOwn(ruleSet.fields, resultOf(name)));
  if (!twins || distinct.length > 2000) return null;
  const entries = distinct.map(({ row }) => Object.fromEntries(chosen.map((name) => [name, row[resultOf(name)]])));
  let sum = 0;
  for (const [e, points] of scoreEach(ruleSet, entries, distinct).entries()) {
    const weight = distinct[e]?.count ?? 0;
    for (const [r, { count }] of distinct.entries()) sum += weight * count * (points[r] as number);
  }
  return sum / total / total / 1000;
}
