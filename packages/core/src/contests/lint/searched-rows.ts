import type { Row, RuleSet } from '../../rules/index.ts';
import { compile } from '../../rules/parse-rule-set.ts';
import { candidateValues, mentioned } from './candidate-values.ts';

/** Rows to try rules on, as columns. */
export interface SearchedRows {
  readonly columns: Readonly<Record<string, readonly unknown[]>>;
  readonly count: number;
  /** The rows are all that the fields allow, so that what holds for them holds. */
  readonly exhaustive: boolean;
}

/**
 * Every combination of every field's values when those are few enough; else of the values worth trying, as many as may be,
 * scattered: among many values two fields are hardly ever equal, so every other row has only the first of each field's.
 */
export function searchedRows(ruleSet: RuleSet, most: number): SearchedRows {
  const all = combinations(ruleSet, (field) => everyValue(field), most);
  if (all !== undefined && all.total <= most) return { ...rowsOf(all, most), exhaustive: true };
  const named = mentioned(compile(ruleSet));
  let few = 12;
  let tried = combinations(ruleSet, (field) => candidateValues(field, named, few), Number.POSITIVE_INFINITY);
  while (few > 4 && tried !== undefined && tried.total > 16 * most) {
    few--;
    tried = combinations(ruleSet, (field) => candidateValues(field, named, few), Number.POSITIVE_INFINITY);
  }
  return { ...rowsOf(tried ?? { fields: [], total: 0 }, most), exhaustive: false };
}

/** A row of the search, to show. */
export function rowAt({ columns }: SearchedRows, i: number): Row {
  return Object.fromEntries(Object.entries(columns).map(([field, values]) => [field, values[i]]));
}

interface Combinations {
  readonly fields: readonly { readonly name: string; readonly values: readonly unknown[] }[];
  readonly total: number;
}

type Field = RuleSet['fields'][string];

function combinations(
  ruleSet: RuleSet,
  valuesOf: (field: Field) => readonly unknown[] | undefined,
  most: number,
): Combinations | undefined {
  const fields: { name: string; values: readonly unknown[] }[] = [];
  let total = 1;
  for (const [name, field] of Object.entries(ruleSet.fields)) {
    const values = valuesOf(field);
    if (values === undefined) return undefined;
    fields.push({ name, values });
    total *= values.length;
    if (total > most) return undefined;
  }
  return { fields, total };
}

function everyValue(field: Field): readonly unknown[] | undefined {
  if (field.type === 'ints' || (field.type === 'text' && field.oneOf === undefined)) return undefined;
  const values =
    field.type === 'bool'
      ? [false, true]
      : field.type === 'text'
        ? (field.oneOf ?? [])
        : field.max - field.min > 4096
          ? undefined
          : Array.from({ length: field.max - field.min + 1 }, (_, i) => field.min + i);
  return values === undefined || field.optional !== true ? values : [...values, null];
}

function rowsOf({ fields, total }: Combinations, most: number): Omit<SearchedRows, 'exhaustive'> {
  const count = Math.min(total, most);
  const columns = Object.fromEntries(fields.map(({ name }): [string, unknown[]] => [name, []]));
  const firsts = fields.map(({ name, values }) => ({ name, values: firstOf(values) }));
  for (let i = 0; i < count; i++) {
    let rest = i;
    for (const [f, { name, values }] of (count === total || i % 2 === 0 ? fields : firsts).entries()) {
      const index = count === total ? rest : scatter(i, f);
      columns[name]?.push(values[index % values.length]);
      rest = Math.floor(rest / values.length);
    }
  }
  return { columns, count };
}

const FIRST = 20;

/** The first and the last, which is the highest, or that there is none. */
const firstOf = (values: readonly unknown[]): readonly unknown[] =>
  values.length <= FIRST ? values : [...values.slice(0, FIRST - 1), values.at(-1)];

/** A whole number that looks random and is the same every time: the finalizer of MurmurHash3 over row and field. */
function scatter(row: number, field: number): number {
  let hash = Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(field + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
