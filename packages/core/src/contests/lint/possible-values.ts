import type { Row } from '../../rules/index.ts';
import { divide } from '../../rules/interval.ts';
import type { Node, Program } from '../../rules/node.ts';

/** What an expression can yield, for rows within the fields' bounds. Never too little; sometimes too much. */
export type Possible =
  | PossibleInt
  | { readonly kind: 'bool'; readonly canBeTrue: boolean; readonly canBeFalse: boolean }
  | { readonly kind: 'text'; readonly values?: ReadonlySet<string> }
  | PossibleVector;

interface PossibleInt {
  readonly kind: 'int';
  readonly lo: number;
  readonly hi: number;
  /** All of them, when they are few enough to list. */
  readonly values?: ReadonlySet<number>;
  /** The number counts positions where two vectors agree. */
  readonly agreement?: Agreement;
}

interface PossibleVector {
  readonly kind: 'ints';
  readonly constant?: readonly number[];
  /** Its elements in some order: sorted. */
  readonly elements?: readonly number[];
}

interface Agreement {
  /** Equal for agreements of the same two vectors. */
  readonly of: string;
  readonly a: PossibleVector;
  readonly b: PossibleVector;
  readonly length: number;
  readonly positions: ReadonlySet<number>;
}

/** Lists of values longer than this are given up for an interval. */
const MOST_VALUES = 512;
/** Pairs of values that one operation may take. */
const MOST_PAIRS = 16_384;

/** The values of every definition, and a function for all other expressions of the rule set. */
export interface PossibleValues {
  readonly defines: readonly Possible[];
  of(node: Node): Possible;
}

/**
 * Abstract interpretation of a rule set: sets of values instead of values. Beside the usual arithmetic of sets it knows one
 * theorem about vectors: where two vectors of n hold the same elements in whatever order, they can agree in all n positions
 * but never in n − 1, because the last two elements that are left over are equal.
 *
 * @param results rows of fields whose values are known; fields that no row has can be anything
 */
export function possibleValues(program: Program, results: readonly Row[] = []): PossibleValues {
  const fields = program.fields.map((field) => fieldValues(field, results));
  const defines: Possible[] = [];
  const known = new Map<Node, Possible>();
  const of = (node: Node): Possible => {
    const before = known.get(node);
    if (before !== undefined) return before;
    const made = evaluate(node, of, fields, defines);
    const possible = made.kind === 'int' ? withinType(made, node) : made;
    known.set(node, possible);
    return possible;
  };
  for (const { value } of program.defines) defines.push(of(value));
  return { defines, of };
}

function fieldValues({ name, field }: Program['fields'][number], results: readonly Row[]): Possible {
  const given = results.filter((row) => Object.hasOwn(row, name)).map((row) => row[name]);
  const known = given.length > 0 && given.length === results.length && given.every((value) => fits(value, field));
  switch (field.type) {
    case 'bool':
      return known
        ? { kind: 'bool', canBeTrue: given.includes(true), canBeFalse: given.includes(false) }
        : UNKNOWN_BOOL;
    case 'text': {
      const texts = known ? (given as string[]) : field.oneOf;
      return { kind: 'text', ...(texts === undefined ? {} : { values: new Set(texts) }) };
    }
    case 'int': {
      if (known) return fromValues(given as number[], field.min, field.max);
      const width = field.max - field.min + 1;
      const all = width > MOST_VALUES ? undefined : Array.from({ length: width }, (_, i) => field.min + i);
      return fromValues(all, field.min, field.max);
    }
    case 'ints': {
      const [first] = given;
      const same = known && given.every((vector) => String(vector) === String(first));
      if (same) return constantVector(first as number[]);
      const permutes = field.distinct === true && field.length === field.max - field.min + 1;
      return { kind: 'ints', ...(permutes ? { elements: range(field.min, field.max) } : {}) };
    }
  }
}

/** Whether a rule can ever see the value. A row with any other is refused, and says nothing of the rows that are not. */
function fits(value: unknown, field: Program['fields'][number]['field']): boolean {
  const whole = (one: unknown, min: number, max: number): boolean =>
    Number.isInteger(one) && Number(one) >= min && Number(one) <= max;
  switch (field.type) {
    case 'bool':
      return typeof value === 'boolean';
    case 'text':
      return typeof value === 'string';
    case 'int':
      return whole(value, field.min, field.max);
    case 'ints':
      return (
        Array.isArray(value) && value.length === field.length && value.every((one) => whole(one, field.min, field.max))
      );
  }
}

const UNKNOWN_BOOL: Possible = { kind: 'bool', canBeTrue: true, canBeFalse: true };
const range = (lo: number, hi: number): number[] => Array.from({ length: hi - lo + 1 }, (_, i) => lo + i);
const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
const constantVector = (constant: readonly number[]): PossibleVector => ({
  kind: 'ints',
  constant,
  elements: ascending(constant),
});

function fromValues(values: Iterable<number> | undefined, lo: number, hi: number): PossibleInt {
  const set = values === undefined ? undefined : new Set(values);
  if (set === undefined || set.size === 0 || set.size > MOST_VALUES) return { kind: 'int', lo, hi };
  const list = ascending([...set]);
  return { kind: 'int', lo: list[0] ?? lo, hi: list.at(-1) ?? hi, values: set };
}

/** Nothing is outside what the compiler has found by interval arithmetic. */
function withinType(value: PossibleInt, { type }: Node): PossibleInt {
  if (type.kind !== 'int') return value;
  return { ...value, lo: Math.max(value.lo, type.lo), hi: Math.min(value.hi, type.hi) };
}

function evaluate(
  node: Node,
  of: (node: Node) => Possible,
  fields: readonly Possible[],
  defines: readonly Possible[],
): Possible {
  const int = (i: number): PossibleInt => asInt(of(node.args[i] as Node));
  const bool = (i: number): { canBeTrue: boolean; canBeFalse: boolean } => asBool(of(node.args[i] as Node));
  const bools = (): { canBeTrue: boolean; canBeFalse: boolean }[] => node.args.map((_, i) => bool(i));
  const unknown = (): Possible =>
    node.type.kind === 'int'
      ? { kind: 'int', lo: node.type.lo, hi: node.type.hi }
      : node.type.kind === 'bool'
        ? UNKNOWN_BOOL
        : { kind: node.type.kind };
  const each = (f: (a: number, b: number) => number): Possible =>
    node.args.slice(1).reduce<Possible>((a, arg) => combine(asInt(a), asInt(of(arg)), f, node), int(0));
  switch (node.op) {
    case 'literal':
      if (typeof node.value === 'number') return fromValues([node.value], node.value, node.value);
      if (typeof node.value === 'boolean') return { kind: 'bool', canBeTrue: node.value, canBeFalse: !node.value };
      return typeof node.value === 'string'
        ? { kind: 'text', values: new Set([node.value]) }
        : constantVector(node.value);
    case 'field':
      return fields[node.index] ?? unknown();
    case 'define':
      return defines[node.index] ?? unknown();
    case 'else':
      return join(fields[node.index] ?? unknown(), of(node.args[0] as Node)) ?? unknown();
    case 'if': {
      const { canBeTrue, canBeFalse } = bool(0);
      if (!canBeFalse) return of(node.args[1] as Node);
      if (!canBeTrue) return of(node.args[2] as Node);
      return join(of(node.args[1] as Node), of(node.args[2] as Node)) ?? unknown();
    }
    case 'add':
      return addAgreements(node.args.map((_, i) => int(i))) ?? each((a, b) => a + b);
    case 'sub':
      return each((a, b) => a - b);
    case 'mul':
      return each((a, b) => a * b);
    case 'min':
      return each((a, b) => Math.min(a, b));
    case 'max':
      return each((a, b) => Math.max(a, b));
    case 'div':
      return each((a, b) => divide(a, b, node.mode));
    case 'mod':
      return each((a, b) => ((a % b) + b) % b);
    case 'abs':
      return combine(int(0), ZERO, (a) => Math.abs(a), node);
    case 'sign':
      return combine(int(0), ZERO, (a) => Math.sign(a), node);
    case 'eq':
      return equality(of(node.args[0] as Node), of(node.args[1] as Node));
    case 'lt':
      return { kind: 'bool', canBeTrue: int(0).lo < int(1).hi, canBeFalse: int(0).hi >= int(1).lo };
    case 'le':
      return { kind: 'bool', canBeTrue: int(0).lo <= int(1).hi, canBeFalse: int(0).hi > int(1).lo };
    case 'not':
      return { kind: 'bool', canBeTrue: bool(0).canBeFalse, canBeFalse: bool(0).canBeTrue };
    case 'and':
      return {
        kind: 'bool',
        canBeTrue: bools().every((b) => b.canBeTrue),
        canBeFalse: bools().some((b) => b.canBeFalse),
      };
    case 'or':
      return {
        kind: 'bool',
        canBeTrue: bools().some((b) => b.canBeTrue),
        canBeFalse: bools().every((b) => b.canBeFalse),
      };
    case 'countTrue': {
      const least = bools().filter((b) => !b.canBeFalse).length;
      const most = bools().filter((b) => b.canBeTrue).length;
      return fromValues(range(least, most), least, most);
    }
    case 'in': {
      const a = of(node.args[0] as Node);
      const values = a.kind === 'int' || a.kind === 'text' ? a.values : undefined;
      if (values === undefined) return UNKNOWN_BOOL;
      const keys = new Set<unknown>(node.keys);
      const inside = [...values].map((value) => keys.has(value));
      return { kind: 'bool', canBeTrue: inside.includes(true), canBeFalse: inside.includes(false) };
    }
    case 'lookup': {
      const key = of(node.args[0] as Node);
      const values = key.kind === 'int' || key.kind === 'text' ? key.values : undefined;
      const entries = node.values.filter(
        (_, i) => values === undefined || (values as ReadonlySet<unknown>).has(node.keys[i]),
      );
      const listed = fromValues(entries, 0, 0);
      const covered =
        values !== undefined && [...values].every((value) => (node.keys as readonly unknown[]).includes(value));
      return covered ? listed : entries.length === 0 ? int(1) : (join(listed, int(1)) ?? unknown());
    }
    case 'agree': {
      const [a, b] = [asVector(of(node.args[0] as Node)), asVector(of(node.args[1] as Node))];
      const length = Math.min(...node.args.map(({ type }) => (type.kind === 'ints' ? type.length : 0)));
      const name = JSON.stringify(node.args);
      return agreementValues({ of: name, a, b, length, positions: new Set(range(node.from, node.to)) });
    }
    case 'at': {
      const vector = asVector(of(node.args[0] as Node));
      const position = of(node.args[1] as Node);
      if (position.kind === 'ints') return elementsAt(vector, position);
      const positions = asInt(position).values;
      const elements =
        vector.constant !== undefined && positions !== undefined
          ? [...positions].map((i) => vector.constant?.[i - 1] ?? 0)
          : vector.elements;
      return elements === undefined ? unknown() : fromValues(elements, elements[0] ?? 0, elements.at(-1) ?? 0);
    }
    default:
      return unknown();
  }
}

const ZERO: PossibleInt = fromValues([0], 0, 0);
const asInt = (value: Possible): PossibleInt =>
  value.kind === 'int' ? value : { kind: 'int', lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY };
const asBool = (value: Possible): { canBeTrue: boolean; canBeFalse: boolean } =>
  value.kind === 'bool' ? value : { canBeTrue: true, canBeFalse: true };
const asVector = (value: Possible): PossibleVector => (value.kind === 'ints' ? value : { kind: 'ints' });

function combine(a: PossibleInt, b: PossibleInt, f: (a: number, b: number) => number, { type }: Node): PossibleInt {
  const bounds = type.kind === 'int' ? type : { lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY };
  if (a.values === undefined || b.values === undefined || a.values.size * b.values.size > MOST_PAIRS) {
    return { kind: 'int', lo: bounds.lo, hi: bounds.hi };
  }
  const values = new Set<number>();
  for (const x of a.values) for (const y of b.values) values.add(f(x, y) + 0);
  return fromValues(values, bounds.lo, bounds.hi);
}

function join(a: Possible, b: Possible): Possible | undefined {
  if (a.kind === 'int' && b.kind === 'int') {
    const [lo, hi] = [Math.min(a.lo, b.lo), Math.max(a.hi, b.hi)];
    return a.values === undefined || b.values === undefined
      ? { kind: 'int', lo, hi }
      : fromValues([...a.values, ...b.values], lo, hi);
  }
  if (a.kind === 'bool' && b.kind === 'bool') {
    return { kind: 'bool', canBeTrue: a.canBeTrue || b.canBeTrue, canBeFalse: a.canBeFalse || b.canBeFalse };
  }
  if (a.kind === 'text' && b.kind === 'text' && a.values !== undefined && b.values !== undefined) {
    return { kind: 'text', values: new Set([...a.values, ...b.values]) };
  }
  return undefined;
}

function equality(a: Possible, b: Possible): Possible {
  if (a.kind === 'bool' || b.kind === 'bool' || a.kind !== b.kind || a.kind === 'ints') return UNKNOWN_BOOL;
  const [xs, ys]: (ReadonlySet<unknown> | undefined)[] = [a.values, (b as typeof a).values];
  const listed = xs !== undefined && ys !== undefined;
  const apart = a.kind === 'int' && b.kind === 'int' && (a.hi < b.lo || b.hi < a.lo);
  const canBeTrue = !apart && !(listed && [...xs].every((x) => !ys.has(x)));
  return { kind: 'bool', canBeTrue, canBeFalse: !(canBeTrue && listed && xs.size === 1 && ys.size === 1) };
}

function elementsAt(vector: PossibleVector, positions: PossibleVector): PossibleVector {
  if (vector.constant === undefined) return { kind: 'ints' };
  const pick = (at: readonly number[]): number[] => at.map((i) => vector.constant?.[i - 1] ?? 0);
  if (positions.constant !== undefined) return constantVector(pick(positions.constant));
  return positions.elements === undefined
    ? { kind: 'ints' }
    : { kind: 'ints', elements: ascending(pick(positions.elements)) };
}

/** The sum of agreements of the same two vectors in different positions is their agreement in all those positions. */
function addAgreements(terms: readonly PossibleInt[]): PossibleInt | undefined {
  const [first] = terms.map(({ agreement }) => agreement);
  if (first === undefined) return undefined;
  const positions = new Set<number>();
  for (const { agreement } of terms) {
    if (agreement?.of !== first.of) return undefined;
    for (const position of agreement.positions) {
      if (positions.has(position)) return undefined;
      positions.add(position);
    }
  }
  return agreementValues({ ...first, positions });
}

function agreementValues(agreement: Agreement): PossibleInt {
  const { a, b, length, positions } = agreement;
  const whole = positions.size === length && a.elements?.length === length && b.elements?.length === length;
  if (!whole || a.elements === undefined || b.elements === undefined) {
    return { ...fromValues(range(0, positions.size), 0, positions.size), agreement };
  }
  const [inA, inB] = [counts(a.elements), counts(b.elements)];
  let [least, most] = [0, 0];
  for (const [element, count] of inA) {
    const other = inB.get(element) ?? 0;
    least = Math.max(least, count + other - length);
    most += Math.min(count, other);
  }
  const values = range(least, most).filter((value) => most < length || value !== length - 1);
  return { ...fromValues(values, least, most), agreement };
}

function counts(values: readonly number[]): ReadonlyMap<number, number> {
  const map = new Map<number, number>();
  for (const value of values) map.set(value, (map.get(value) ?? 0) + 1);
  return map;
}
