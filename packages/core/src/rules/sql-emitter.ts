import { balanced, type Fragment, literal, sqlInteger, type VectorFragment } from './fragment.ts';
import { type Interval, intervals, join } from './interval.ts';
import { fitsInt4, INT4_MAX } from './limits.ts';
import type { IntsType, IntType, Node, Program } from './node.ts';
import type { SqlField } from './sql-guard.ts';
import { byCodePoint, type SqlOperators } from './sql-operators.ts';

/**
 * The way in which a rule set becomes SQL: selects inside each other, so that the guard and what is needed twice are computed once.
 *
 * - `flat`: one inner select over the columns themselves, with the reason and each output. What two outputs need is written
 *   twice: fastest for small rule sets.
 * - `staged`: the innermost select replaces what the guard refuses, each next one adds columns for what is needed more than
 *   once; nothing is computed twice, and the size stays that of the rule set.
 */
export type Form = 'flat' | 'staged';

/** Thrown when a rule set is too large for the flat form. */
export class NeedsStages extends Error {}

/** Beyond this many comparisons' worth of SQL in one expression, more stages are faster (measured on Postgres 18: one costs 0.1 µs a row, a comparison 6 ns). */
export const FLAT_COST = 150;

/** Writes expressions of one rule set. */
export class SqlEmitter {
  readonly form: Form;
  /** The columns that each stage adds to those of the stage before, as `expression as name`. */
  readonly stages: string[][] = [[]];
  readonly #fields: readonly SqlField[];
  readonly #program: Program;
  readonly #operators: SqlOperators;
  readonly #bind: (text: string) => string;
  readonly #uses: ReadonlyMap<number, number>;
  readonly #defines = new Map<number, Fragment | VectorFragment>();
  readonly #read = new Set<string>();
  readonly #flatCost: number;
  #hoisted = 0;
  /** The points so far, for modifiers. */
  base: Fragment = literal(0);

  constructor(
    form: Form,
    program: Program,
    fields: readonly SqlField[],
    operators: SqlOperators,
    bind: (text: string) => string,
    flatCost: number,
  ) {
    this.form = form;
    this.#program = program;
    this.#fields = fields;
    this.#operators = operators;
    this.#bind = bind;
    this.#flatCost = flatCost;
    this.#uses = countUses(program);
  }

  /** An integer, condition or text whose value is within its interval for every row, so that any operator may take it. */
  value(node: Node): Fragment {
    return this.#checked(this.#scalar(node, false));
  }

  /** Gives a piece of SQL a column of its own, so that it can be written often. In the flat form it stays as it is. */
  hoist(fragment: Fragment): Fragment {
    if (fragment.atom || this.form === 'flat') return fragment;
    const name = `h${++this.#hoisted}`;
    const stage = fragment.stage + 1;
    this.stages[stage] ??= [];
    this.stages[stage].push(`${fragment.sql} as ${name}`);
    return { ...fragment, sql: `s.${name}`, cost: 1, stage, atom: true };
  }

  /** An output, for the last select: where there is but one stage, a column of it, since the relation is no longer in sight. */
  output(fragment: Fragment): Fragment {
    if (this.form === 'staged' || fragment.atom || fragment.stage > 0) return fragment;
    const name = `h${++this.#hoisted}`;
    this.stages[0]?.push(`${fragment.sql} as ${name}`);
    return { ...fragment, sql: `s.${name}`, cost: 1, stage: 1, atom: true };
  }

  condition(sql: string, parts: readonly Fragment[]): Fragment {
    return this.#made(sql, 'bool', parts);
  }

  integer(sql: string, parts: readonly Fragment[], { lo, hi }: Interval): Fragment {
    return { ...this.#made(sql, fitsInt4({ lo, hi }) ? 'int4' : 'int8', parts), lo, hi };
  }

  /** Operands as int8, unless all the operator can make of them fits int4. */
  widened(parts: readonly Fragment[], reach: Interval): Fragment[] {
    if (reach.lo < -(2 ** 61) || reach.hi > 2 ** 61) throw new NeedsStages();
    return fitsInt4(reach) ? [...parts] : parts.map(wideInteger);
  }

  /** A column of the first stage, made when it is first asked for. */
  input(name: string, sql: string): string {
    if (!this.#read.has(name)) this.stages[0]?.push(`${sql} as ${name}`);
    this.#read.add(name);
    return `s.${name}`;
  }

  #checked(fragment: Fragment): Fragment {
    if (this.form === 'flat' && fragment.cost > this.#flatCost) throw new NeedsStages();
    return fragment;
  }

  #made(sql: string, type: Fragment['type'], parts: readonly Fragment[], cost = 1): Fragment {
    const total = parts.reduce((sum, part) => sum + part.cost, cost);
    const stage = parts.reduce((most, part) => Math.max(most, part.stage), 0);
    const nullable = parts.some((part) => part.nullable);
    return this.#checked({ sql: `(${sql})`, type, lo: 0, hi: 0, cost: total, stage, atom: false, nullable });
  }

  /** @param loose whether the operand is only compared, so that a column may stand as it is, whatever it holds */
  #scalar(node: Node, loose: boolean): Fragment {
    const o = this.#operators;
    switch (node.op) {
      case 'literal':
        if (typeof node.value === 'number') return literal(node.value);
        return {
          ...literal(0),
          type: typeof node.value === 'string' ? 'text' : 'bool',
          sql: typeof node.value === 'string' ? this.#bind(node.value) : String(node.value),
        };
      case 'field':
        return this.#field(node.index, loose);
      case 'present': {
        const present = this.#present(node.index);
        return this.condition(o.present(present.sql), [present]);
      }
      case 'else': {
        const [present, field, other] = [
          this.#present(node.index),
          this.#field(node.index, loose),
          asInteger(this.value(node.args[0] as Node)),
        ];
        return this.#choice(o.else(present.sql, field.sql, other.sql), [present, field, other]);
      }
      case 'define':
        return this.#define(node.index) as Fragment;
      case 'base':
        return this.base;
      case 'add':
        return this.#regrouped(node.args, intervals.add, o.add);
      case 'mul':
      case 'sub':
        return this.#folded(node.args, intervals[node.op], o[node.op]);
      case 'min':
      case 'max': {
        const args = this.#ints(node.args);
        const made = this.#made(o[node.op](args.map((arg) => arg.sql)), wider(args), args);
        return { ...made, ...leftOf(args, intervals[node.op]), nullable: args.every((arg) => arg.nullable) };
      }
      case 'abs': {
        const a = this.#ints(node.args)[0] as Fragment;
        const interval = intervals.abs(a);
        const [wide] = this.widened([a], interval);
        return { ...this.#made(o.abs((wide as Fragment).sql), (wide as Fragment).type, [a]), ...plain(interval) };
      }
      case 'sign': {
        const a = this.value(node.args[0] as Node);
        return { ...this.#made(o.sign(a.sql), 'float8', [a], 2), ...intervals.sign(a) };
      }
      case 'mod':
      case 'div':
        return this.#divided(node);
      case 'eq':
      case 'lt':
      case 'le': {
        const [a, b] = this.#compared(node.args);
        const isText = node.args[0]?.type.kind === 'text';
        const compare = isText ? o.eqText : o[node.op];
        return this.#made(compare(a.sql, b.sql), 'bool', [a, b], this.#weight(node.args) * (isText ? 2 : 1));
      }
      case 'and':
      case 'or':
      case 'not': {
        const args = node.args.map((arg) => this.value(arg));
        const sqls = args.map((arg) => arg.sql);
        return this.condition(node.op === 'not' ? o.not(sqls[0] as string) : o[node.op](sqls), args);
      }
      case 'if': {
        const [condition, a, b] = node.args.map((arg) => asInteger(this.value(arg))) as [Fragment, Fragment, Fragment];
        return this.#choice(o.if(condition.sql, a.sql, b.sql), [condition, a, b]);
      }
      case 'countTrue': {
        const args = node.args.map((arg) => this.value(arg));
        const sum = balanced(
          args.map((arg) => o.countTrue(arg.sql)),
          (a, b) => `${a} + ${b}`,
        );
        return { ...this.#made(sum, 'int4', args, 2 * args.length), lo: 0, hi: args.length };
      }
      case 'lookup': {
        const [key, other] = [this.#key(node.args[0] as Node), asInteger(this.value(node.args[1] as Node))];
        const entries = node.keys.map((key, i) => [this.#literalKey(key), sqlInteger(node.values[i] ?? 0)] as const);
        const interval = join({ lo: Math.min(...node.values), hi: Math.max(...node.values) }, other);
        const type = fitsInt4(interval) && other.type === 'int4' ? 'int4' : 'int';
        return {
          ...this.#made(o.lookup(key.sql, entries, other.sql), type, [key, other], entries.length),
          ...plain(interval),
        };
      }
      case 'in': {
        const key = this.#key(node.args[0] as Node);
        return this.#made(
          o.in(
            key.sql,
            node.keys.map((one) => this.#literalKey(one)),
          ),
          'bool',
          [key],
          Math.min(8, node.keys.length),
        );
      }
      case 'agree': {
        const [a, b] = node.args.map((arg) => this.#vector(arg)) as [VectorFragment, VectorFragment];
        const pairs = Array.from(
          { length: node.to - node.from + 1 },
          (_, k) => [a.element(node.from + k), b.element(node.from + k)] as const,
        );
        const sum = balanced(
          pairs.map(([x, y]) => o.agree(x.sql, y.sql)),
          (x, y) => `${x} + ${y}`,
        );
        return { ...this.#made(sum, 'int4', pairs.flat(), 3 * pairs.length), lo: 0, hi: pairs.length };
      }
      case 'at': {
        const { lo, hi } = node.type as IntType;
        const [vector, position] = [this.#array(node.args[0] as Node), asInteger(this.value(node.args[1] as Node))];
        return {
          ...this.#made(o.at(vector.sql, position.sql), fitsInt4({ lo, hi }) ? 'int4' : 'int8', [vector, position], 2),
          lo,
          hi,
        };
      }
    }
  }

  #field(index: number, loose: boolean): Fragment {
    const field = this.#fields[index] as SqlField;
    const { type } = field.program;
    const interval = type.kind === 'int' ? { lo: type.lo, hi: type.hi } : { lo: 0, hi: 0 };
    const exact = type.kind === 'int' ? (fitsInt4(type) ? 'int4' : 'int8') : type.kind === 'ints' ? 'array' : type.kind;
    const made = { ...interval, type: exact, cost: field.weight, stage: 0, atom: false, nullable: true } as const;
    if (this.form === 'staged')
      return { ...made, sql: this.input(`v${index}`, field.bounded), cost: 1, atom: true, nullable: false };
    if (type.kind === 'ints') throw new NeedsStages();
    if (type.kind !== 'int') return { ...made, sql: field.raw };
    if (loose) {
      const raw =
        field.column.type === 'epoch' ? 'numeric' : field.column.type === 'float' ? 'float8' : field.column.type;
      return { ...made, sql: field.raw, type: raw as Fragment['type'] };
    }
    if (field.column.type !== 'int')
      return { ...made, sql: `(${field.bounded})`, cost: field.weight * 3, nullable: false };
    return { ...made, cost: field.weight + 1, ...masked(field.raw, interval) };
  }

  #present(index: number): Fragment {
    const field = this.#fields[index] as SqlField;
    const flat = { ...literal(0), type: 'bool', cost: field.weight, sql: `(${field.isPresent})` } as const;
    return this.form === 'flat' ? flat : { ...flat, cost: 1, sql: this.input(`p${index}`, field.isPresent) };
  }

  #define(index: number): Fragment | VectorFragment {
    const known = this.#defines.get(index);
    if (known !== undefined) return known;
    const node = this.#program.defines[index]?.value as Node;
    const often = (this.#uses.get(index) ?? 0) > 1;
    const made =
      node.type.kind === 'ints'
        ? this.#shared(this.#vector(node), often)
        : often
          ? this.hoist(this.value(node))
          : this.value(node);
    this.#defines.set(index, made);
    return made;
  }

  #shared(vector: VectorFragment, often: boolean): VectorFragment {
    if (!often) return vector;
    const array = this.hoist(vector.whole());
    return this.#elements(array);
  }

  #vector(node: Node): VectorFragment {
    const { lo, hi, length } = node.type as IntsType;
    if (this.form === 'flat') throw new NeedsStages();
    switch (node.op) {
      case 'define':
        return this.#define(node.index) as VectorFragment;
      case 'literal': {
        const values = node.value as readonly number[];
        const type = fitsInt4({ lo, hi }) ? 'int4[]' : 'int8[]';
        return {
          whole: () => ({ ...literal(0), lo, hi, type: 'array', sql: `('{${values.join(',')}}'::${type})` }),
          element: (position) => literal(values[position - 1] ?? 0),
        };
      }
      case 'at': {
        const vector = this.#array(node.args[0] as Node);
        const positions = this.#vector(node.args[1] as Node);
        const element = (k: number): Fragment => {
          const position = asInteger(positions.element(k));
          return {
            ...this.#made(
              this.#operators.at(vector.sql, position.sql),
              fitsInt4({ lo, hi }) ? 'int4' : 'int8',
              [vector, position],
              2,
            ),
            lo,
            hi,
          };
        };
        return {
          element,
          whole: () =>
            this.#built(
              Array.from({ length }, (_, k) => element(k + 1)),
              { lo, hi },
            ),
        };
      }
      case 'else': {
        const [present, field] = [this.#present(node.index), this.#field(node.index, false)];
        const other = this.#vector(node.args[0] as Node).whole();
        const choice = this.#operators.else(present.sql, field.sql, other.sql);
        return this.#elements(this.hoist({ ...this.#made(choice, 'array', [present, field, other]), lo, hi }));
      }
      default:
        return this.#elements({ ...this.#scalar(node, false), lo, hi });
    }
  }

  /** A vector that is written once and subscripted often. */
  #array(node: Node): Fragment {
    return this.hoist(this.#vector(node).whole());
  }

  #built(elements: readonly Fragment[], { lo, hi }: Interval): Fragment {
    const type = fitsInt4({ lo, hi }) ? 'int4[]' : 'int8[]';
    const sql = `array[${elements.map((element) => element.sql).join(', ')}]::${type}`;
    return { ...this.#made(sql, 'array', elements, elements.length), lo, hi };
  }

  #elements(array: Fragment): VectorFragment {
    const type = fitsInt4(array) ? 'int4' : 'int8';
    return {
      whole: () => array,
      element: (position) => ({ ...array, type, sql: `${array.sql}[${position}]`, cost: 2 }),
    };
  }

  #key(node: Node): Fragment {
    const key = this.#scalar(node, true);
    if (node.type.kind === 'text') return { ...key, sql: byCodePoint(key.sql) };
    return key;
  }

  #literalKey(key: number | string): string {
    return typeof key === 'number' ? sqlInteger(key) : this.#bind(key);
  }

  /** Both sides of a comparison. A numeric and a float are not compared as they are: the cast between them can overflow. */
  #compared(args: readonly Node[]): [Fragment, Fragment] {
    const loose = args.map((arg) => this.#scalar(arg, true)) as [Fragment, Fragment];
    const types = loose.map((arg) => arg.type);
    if (!(types.includes('numeric') && types.includes('float8'))) return loose;
    return args.map((arg) => asInteger(this.value(arg))) as [Fragment, Fragment];
  }

  #weight(args: readonly Node[]): number {
    return Math.max(1, ...args.map((arg) => (arg.op === 'field' ? (this.#fields[arg.index]?.weight ?? 1) : 1)));
  }

  #ints(args: readonly Node[]): Fragment[] {
    return args.map((arg) => asInteger(this.value(arg)));
  }

  /** A choice between two values of one type. */
  #choice(sql: string, parts: readonly [Fragment, Fragment, Fragment]): Fragment {
    const [, a, b] = parts;
    if (a.type === 'bool' || a.type === 'text') return this.#made(sql, a.type, parts);
    const type = a.type === 'numeric' || a.type === 'float8' ? a.type : wider([a, b]);
    return { ...this.#made(sql, type, parts), ...plain(join(a, b)) };
  }

  /** Sums may be regrouped: a sum of neighbours is a difference of two sums that were checked. */
  #regrouped(
    args: readonly Node[],
    combine: (a: Interval, b: Interval) => Interval,
    write: SqlOperators['add'],
  ): Fragment {
    // biome-ignore format: one line
    const parts = this.#ints(args);
    const interval = parts.slice(1).reduce<Interval>(combine, parts[0] as Fragment);
    const most = parts.reduce((sum, { lo, hi }) => sum + Math.max(Math.abs(lo), Math.abs(hi)), 0);
    const wide = this.widened(parts, { lo: -most, hi: most });
    return {
      ...this.#made(
        balanced(
          wide.map((part) => part.sql),
          write,
        ),
        wider(wide),
        parts,
        parts.length - 1,
      ),
      ...plain(interval),
    };
  }

  #folded(
    args: readonly Node[],
    combine: (a: Interval, b: Interval) => Interval,
    write: SqlOperators['mul'],
  ): Fragment {
    // biome-ignore format: one line
    const parts = this.#ints(args);
    let interval: Interval = parts[0] as Fragment;
    let reach = plain(interval);
    for (const part of parts.slice(1)) {
      interval = combine(interval, part);
      reach = join(reach, interval);
    }
    const [first, ...rest] = this.widened(parts, reach) as [Fragment, ...Fragment[]];
    const sql = rest.reduce((product, part, i) => write(i === 0 ? product : `(${product})`, part.sql), first.sql);
    return { ...this.#made(sql, wider([first, ...rest]), parts, rest.length), ...plain(interval) };
  }

  #divided(node: Extract<Node, { op: 'mod' | 'div' }>): Fragment {
    const o = this.#operators;
    const [a, b] = this.#ints(node.args).map((part) => this.hoist(wideInteger(part))) as [Fragment, Fragment];
    // In a row that the guard refuses, a masked column may be 0 where the rule set says 1 or more.
    const divisor = b.lo >= 1 ? b : { ...b, sql: `greatest(${b.sql}, 1)`, lo: 1, hi: Math.max(1, b.hi) };
    const natural = a.lo >= 0;
    const interval = node.op === 'mod' ? intervals.mod(a, divisor) : intervals.div(a, divisor, node.mode);
    const sql = node.op === 'mod' ? o.mod(a.sql, divisor.sql, natural) : o.div(a.sql, divisor.sql, node.mode, natural);
    return { ...this.#made(sql, 'int8', [a, a, b, b], natural ? 2 : 6), ...plain(interval) };
  }
}

const plain = ({ lo, hi }: Interval): Interval => ({ lo, hi });

/**
 * What the least or the greatest of some operands can be. Postgres leaves out those that are NULL: then it is that of the
 * others, and any of them where each may be NULL.
 */
function leftOf(args: readonly Fragment[], combine: (a: Interval, b: Interval) => Interval): Interval {
  const certain = args.filter((arg) => !arg.nullable);
  const without = certain.length > 0 ? [certain.map(plain).reduce(combine)] : args.map(plain);
  return [args.map(plain).reduce(combine), ...without].reduce(join);
}

/** A sign is a float8; as an operand of arithmetic it is an integer. */
function asInteger(fragment: Fragment): Fragment {
  return fragment.type === 'float8' || fragment.type === 'numeric'
    ? { ...fragment, sql: `${fragment.sql}::int4`, type: 'int4' }
    : fragment;
}

function wideInteger(fragment: Fragment): Fragment {
  if (fragment.type === 'int8') return fragment;
  const sql = /^\(?\d+\)?$/.test(fragment.sql) ? `(${fragment.sql}::int8)` : `${fragment.sql}::int8`;
  return { ...fragment, sql, type: 'int8' };
}

function wider(parts: readonly Fragment[]): Fragment['type'] {
  if (parts.some((part) => part.type === 'int8')) return 'int8';
  return parts.some((part) => part.type === 'int') ? 'int' : 'int4';
}

/**
 * A column of any integer type brought near its bounds by bits: it leaves every value within them as it is, and every
 * other one small enough to compute with. One operation instead of the two comparisons of a clamp.
 */
function masked(raw: string, { lo, hi }: Interval): Pick<Fragment, 'sql' | 'lo' | 'hi' | 'type'> {
  if (lo >= 0) {
    let mask = 0;
    while (mask < hi) mask = mask * 2 + 1;
    return { sql: `(${raw} & ${mask})`, lo: 0, hi: mask, type: mask <= INT4_MAX ? 'int' : 'int8' };
  }
  let bits = 1;
  while (-(2 ** (bits - 1)) > lo || 2 ** (bits - 1) - 1 < hi) bits++;
  const shift = 64 - bits;
  return {
    sql: `((${raw}::int8 << ${shift}) >> ${shift})`,
    lo: -(2 ** (bits - 1)),
    hi: 2 ** (bits - 1) - 1,
    type: 'int8',
  };
}

/** How often each definition is referred to. */
function countUses(program: Program): ReadonlyMap<number, number> {
  const uses = new Map<number, number>();
  const visit = (node: Node): void => {
    if (node.op === 'define') uses.set(node.index, (uses.get(node.index) ?? 0) + 1);
    for (const arg of node.args) visit(arg);
  };
  for (const { value } of program.defines) visit(value);
  for (const rule of program.rules) [rule.when, rule.points].forEach(visit);
  for (const { value } of [...program.modifiers, ...program.tieBreak]) visit(value);
  for (const node of [program.late, program.void]) if (node !== undefined) visit(node);
  return uses;
}
