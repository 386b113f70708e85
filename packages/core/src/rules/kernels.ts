import { divide } from './interval.ts';
import type { Rounding } from './rule-set.ts';

/**
 * A value per row of a block. A condition is 1 or 0, a vector lies row after row. A rule set whose values all fit int4
 * uses Int32Array for everything, which is twice as fast; any other one Float64Array.
 */
export type Register = Int32Array | Float64Array;
type Unary = (out: Register, a: Register, n: number) => void;
type Binary = (out: Register, a: Register, b: Register, n: number) => void;

/** How a vector lies in its register: its length, or 0 when one vector serves every row. */
interface Vector {
  readonly values: Register;
  readonly stride: number;
}

/** What each operator does to a block of rows. One loop each, over one type of array, which is what V8 runs fastest. */
export interface Kernels {
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly min: Binary;
  readonly max: Binary;
  readonly mod: Binary;
  readonly eq: Binary;
  readonly lt: Binary;
  readonly le: Binary;
  readonly and: Binary;
  readonly or: Binary;
  readonly countTrue: Binary;
  readonly abs: Unary;
  readonly sign: Unary;
  readonly not: Unary;
  readonly present: Unary;
  readonly div: (out: Register, a: Register, b: Register, mode: Rounding, n: number) => void;
  readonly if: (out: Register, condition: Register, a: Register, b: Register, n: number) => void;
  readonly else: (out: Register, present: Register, a: Register, b: Register, width: number, n: number) => void;
  readonly at: (out: Register, vector: Vector, position: Vector, width: number, n: number) => void;
  readonly agree: (out: Register, a: Vector, b: Vector, from: number, to: number, n: number) => void;
  readonly lookup: (out: Register, table: Table, key: Register, other: Register, n: number) => void;
  readonly in: (out: Register, table: Table, a: Register, n: number) => void;
  readonly eqText: (out: Register, a: readonly string[], b: readonly string[], n: number) => void;
  readonly ifText: (out: string[], condition: Register, a: readonly string[], b: readonly string[], n: number) => void;
  readonly elseText: (out: string[], present: Register, a: readonly string[], b: readonly string[], n: number) => void;
  readonly lookupText: (out: Register, table: TextTable, key: readonly string[], other: Register, n: number) => void;
  readonly inText: (out: Register, table: TextTable, a: readonly string[], n: number) => void;
}

/** Values by whole-number key: an array from `lowest` on when the keys lie close together, else a map. */
export type Table = { readonly lowest: number; readonly dense: Float64Array } | ReadonlyMap<number, number>;
type TextTable = ReadonlyMap<string, number>;

/** A table over keys, with NaN where a dense one has gaps. */
export function table(keys: readonly number[], values: readonly number[]): Table {
  const lowest = keys.reduce((a, b) => Math.min(a, b));
  const width = keys.reduce((a, b) => Math.max(a, b)) - lowest + 1;
  if (width > 4096) return new Map(keys.map((key, i) => [key, values[i] ?? 0]));
  const dense = new Float64Array(width).fill(Number.NaN);
  for (const [i, key] of keys.entries()) dense[key - lowest] = values[i] ?? 0;
  return { lowest, dense };
}

const find = (table: Table, key: number): number | undefined =>
  'dense' in table ? table.dense[key - table.lowest] : table.get(key);

// Reads are within the arrays by construction; `as number` spares each loop a check that could not fail.
export const KERNELS: Kernels = {
  add(out, a, b, n) {
    for (let i = 0; i < n; i++) out[i] = (a[i] as number) + (b[i] as number);
  },
  sub(out, a, b, n) {
    for (let i = 0; i < n; i++) out[i] = (a[i] as number) - (b[i] as number);
  },
  mul(out, a, b, n) {
    for (let i = 0; i < n; i++) out[i] = (a[i] as number) * (b[i] as number);
  },
  min(out, a, b, n) {
    for (let i = 0; i < n; i++) out[i] = Math.min(a[i] as number, b[i] as number);
  },
  max(out, a, b, n) {
    for (let i = 0; i < n; i++) out[i] = Math.max(a[i] as number, b[i] as number);
  },
  mod(out, a, b, n) {
    for (let i = 0; i < n; i++) {
      const rest = (a[i] as number) % (b[i] as number);
      out[i] = rest < 0 ? rest + (b[i] as number) : rest;
    }
  },
  eq(out, a, b, n) {
    for (let i = 0; i < n; i++) out[i] = +(a[i] === b[i]);
  },
  lt(out, a, b, n) {
    for (let i = 0; i < n; i++) out[i] = +((a[i] as number) < (b[i] as number));
  },
  le(out, a, b, n) {
    for (let i = 0; i < n; i++) out[i] = +((a[i] as number) <= (b[i] as number));
  },
  and(out, a, b, n) {
    for (let i = 0; i < n; i++) out[i] = (a[i] as number) * (b[i] as number);
  },
  or(out, a, b, n) {
    for (let i = 0; i < n; i++) out[i] = Math.max(a[i] as number, b[i] as number);
  },
  countTrue(out, a, b, n) {
    for (let i = 0; i < n; i++) out[i] = (a[i] as number) + (b[i] as number);
  },
  abs(out, a, n) {
    for (let i = 0; i < n; i++) out[i] = Math.abs(a[i] as number);
  },
  sign(out, a, n) {
    // Math.sign is ten times slower.
    for (let i = 0; i < n; i++) out[i] = +((a[i] as number) > 0) - +((a[i] as number) < 0);
  },
  not(out, a, n) {
    for (let i = 0; i < n; i++) out[i] = 1 - (a[i] as number);
  },
  present(out, a, n) {
    for (let i = 0; i < n; i++) out[i] = a[i] as number;
  },
  div(out, a, b, mode, n) {
    for (let i = 0; i < n; i++) out[i] = divide(a[i] as number, b[i] as number, mode);
  },
  if(out, condition, a, b, n) {
    for (let i = 0; i < n; i++) out[i] = condition[i] === 1 ? (a[i] as number) : (b[i] as number);
  },
  else(out, present, a, b, width, n) {
    for (let i = 0; i < n; i++) {
      const from = present[i] === 1 ? a : b;
      for (let k = i * width; k < (i + 1) * width; k++) out[k] = from[k] as number;
    }
  },
  at(out, vector, position, width, n) {
    for (let i = 0; i < n; i++) {
      const values = i * vector.stride - 1;
      for (let k = 0; k < width; k++) {
        out[i * width + k] = vector.values[values + (position.values[i * position.stride + k] as number)] as number;
      }
    }
  },
  agree(out, a, b, from, to, n) {
    for (let i = 0; i < n; i++) {
      let equal = 0;
      for (let k = from - 1; k < to; k++) equal += +(a.values[i * a.stride + k] === b.values[i * b.stride + k]);
      out[i] = equal;
    }
  },
  lookup(out, table, key, other, n) {
    for (let i = 0; i < n; i++) {
      const found = find(table, key[i] as number);
      out[i] = found === undefined || Number.isNaN(found) ? (other[i] as number) : found;
    }
  },
  in(out, table, a, n) {
    for (let i = 0; i < n; i++) out[i] = +(find(table, a[i] as number) === 1);
  },
  eqText(out, a, b, n) {
    for (let i = 0; i < n; i++) out[i] = +(a[i] === b[i]);
  },
  ifText(out, condition, a, b, n) {
    for (let i = 0; i < n; i++) out[i] = (condition[i] === 1 ? a[i] : b[i]) as string;
  },
  elseText(out, present, a, b, n) {
    for (let i = 0; i < n; i++) out[i] = (present[i] === 1 ? a[i] : b[i]) as string;
  },
  lookupText(out, table, key, other, n) {
    for (let i = 0; i < n; i++) out[i] = table.get(key[i] as string) ?? (other[i] as number);
  },
  inText(out, table, a, n) {
    for (let i = 0; i < n; i++) out[i] = +table.has(a[i] as string);
  },
};
