import { shown } from '../text/shown.ts';
import { hull, type Interval, intervals, join } from './interval.ts';
import { LIMITS, MAX_VALUE } from './limits.ts';
import { didYouMean } from './nearest.ts';
import type { IntsType, IntType, Keys, Node, PlainOperator, Type } from './node.ts';
import { textAt } from './parse-json.ts';
import { ROUNDINGS, type Rounding } from './rule-set.ts';
import { RuleSetError, type RuleSetErrorCode } from './rule-set-error.ts';

/** The names that an expression may refer to, and how much of {@link LIMITS} is left. */
export interface Scope {
  readonly fields: ReadonlyMap<string, { readonly index: number; readonly type: Type; readonly optional: boolean }>;
  readonly defines: ReadonlyMap<string, { readonly index: number; readonly type: Type }>;
  /** The type of `$base`, inside modifiers. */
  readonly base?: IntType;
  readonly budget: { nodes: number };
}

/**
 * Turns an expression as JSON into a checked one: every name known, every operand of the right type, every integer
 * with an interval that stays exact.
 *
 * @throws RuleSetError with the path of what is wrong
 */
export function checkExpression(json: unknown, path: string, scope: Scope, depth = 0): Node {
  if (depth > LIMITS.depth) {
    throw new RuleSetError(
      'LIMIT_EXCEEDED',
      path,
      `Expressions may be ${LIMITS.depth} calls deep; define a part of it.`,
    );
  }
  spend(scope, 1, path);
  if (typeof json === 'number') return literalInt(json, path);
  if (typeof json === 'boolean') return { op: 'literal', type: BOOL, args: [], value: json };
  if (typeof json === 'string') return reference(json, path, scope);
  if (!Array.isArray(json)) {
    const hint = 'An expression is a number, a boolean, "$name" or ["operator", ...]';
    throw new RuleSetError('SHAPE', path, `${hint}, got ${shown(json)}.`, json);
  }
  const [name, ...operands]: unknown[] = json;
  if (typeof name !== 'string' || !OPERATORS.has(name)) {
    const near = typeof name === 'string' ? didYouMean(name, OPERATOR_NAMES) : '';
    throw new RuleSetError('UNKNOWN_OPERATOR', path, `There is no operator ${shown(name)}.${near}`, name);
  }
  const operator = OPERATORS.get(name) as Operator;
  const call = new Call(name, operands, path, scope, depth);
  const [least, most] = operator.operands;
  if (operands.length < least || operands.length > most) {
    const wanted = least === most ? `${least}` : `${least} to ${most}`;
    call.fail(
      'OPERAND_COUNT',
      `"${name}" takes ${wanted} operands, got ${operands.length}: ${operator.usage}`,
      operands.length,
    );
  }
  return operator.check(call);
}

const BOOL: Type = { kind: 'bool' };
const TEXT: Type = { kind: 'text' };
const int = ({ lo, hi }: Interval): IntType => ({ kind: 'int', lo, hi });

interface Operator {
  readonly operands: readonly [least: number, most: number];
  readonly usage: string;
  readonly check: (call: Call) => Node;
}

/** One call of an operator while it is checked. */
class Call {
  readonly name: string;
  readonly operands: readonly unknown[];
  readonly path: string;
  readonly scope: Scope;
  readonly depth: number;

  constructor(name: string, operands: readonly unknown[], path: string, scope: Scope, depth: number) {
    this.name = name;
    this.operands = operands;
    this.path = path;
    this.scope = scope;
    this.depth = depth;
  }

  fail(code: RuleSetErrorCode, message: string, value?: unknown, operand?: number): never {
    throw new RuleSetError(code, operand === undefined ? this.path : this.at(operand), message, value);
  }

  at(operand: number): string {
    return `${this.path}[${operand + 1}]`;
  }

  any(operand: number): Node {
    return checkExpression(this.operands[operand], this.at(operand), this.scope, this.depth + 1);
  }

  of<Kind extends Type['kind']>(operand: number, kind: Kind): Node & { readonly type: Extract<Type, { kind: Kind }> } {
    const node = this.any(operand);
    if (node.type.kind !== kind) this.wrongType(operand, TYPE_NAMES[kind], node.type);
    return node as Node & { readonly type: Extract<Type, { kind: Kind }> };
  }

  wrongType(operand: number, wanted: string, got: Type): never {
    return this.fail(
      'OPERAND_TYPE',
      `"${this.name}" takes ${wanted} here, got ${TYPE_NAMES[got.kind]}.`,
      this.operands[operand],
      operand,
    );
  }

  all<Kind extends Type['kind']>(kind: Kind): (Node & { readonly type: Extract<Type, { kind: Kind }> })[] {
    return this.operands.map((_, i) => this.of(i, kind));
  }

  /** A whole number written out in the rule set. */
  constant(operand: number, lo: number, hi: number): number {
    const value = this.operands[operand];
    if (typeof value === 'number' && Number.isInteger(value) && value >= lo && value <= hi) return value;
    return this.fail(
      'OUT_OF_RANGE',
      `"${this.name}" takes a whole number from ${lo} to ${hi} here, got ${shown(value)}.`,
      value,
      operand,
    );
  }

  /** An integer result, which must stay exact whatever the row. */
  exact(op: PlainOperator, args: readonly Node[], interval: Interval): Node {
    return { op, args, type: exactInt(interval, this.path) };
  }
}

export const TYPE_NAMES: { readonly [Kind in Type['kind']]: string } = {
  int: 'a whole number',
  bool: 'a condition',
  text: 'a text',
  ints: 'a vector',
};

/** @throws RuleSetError OVERFLOW */
export function exactInt(interval: Interval, path: string): IntType {
  if (interval.lo < -MAX_VALUE || interval.hi > MAX_VALUE) {
    throw new RuleSetError(
      'OVERFLOW',
      path,
      `This can reach ${interval.hi > MAX_VALUE ? interval.hi : interval.lo}, beyond ±(2^53 − 1), for rows within the fields' bounds. Narrow the bounds, or clamp an operand with "min" and "max".`,
      interval,
    );
  }
  return int(interval);
}

function literalInt(value: number, path: string): Node {
  if (!Number.isSafeInteger(value)) {
    const hint =
      Number.isFinite(value) && !Number.isInteger(value)
        ? ' Points are counted in thousandths: 1.5 points are 1500.'
        : '';
    throw new RuleSetError(
      'OUT_OF_RANGE',
      path,
      `Numbers are whole and within ±(2^53 − 1), got ${value}.${hint}`,
      value,
    );
  }
  return { op: 'literal', type: int({ lo: value, hi: value }), args: [], value: value + 0 };
}

function spend(scope: Scope, nodes: number, path: string): void {
  scope.budget.nodes -= nodes;
  if (scope.budget.nodes < 0) {
    throw new RuleSetError(
      'LIMIT_EXCEEDED',
      path,
      `A rule set may have ${LIMITS.nodes} calls, references and literals; it ends here.`,
    );
  }
}

function reference(text: string, path: string, scope: Scope): Node {
  const name = text.slice(1);
  if (!text.startsWith('$')) {
    throw new RuleSetError('SHAPE', path, `${shown(text)} is neither "$name" nor ["text", ${shown(text)}].`, text);
  }
  if (name === 'base' && scope.base !== undefined) return { op: 'base', type: scope.base, args: [] };
  const field = scope.fields.get(name);
  if (field !== undefined) {
    if (field.optional) {
      throw new RuleSetError(
        'OPTIONAL_FIELD',
        path,
        `Field "${name}" is optional and may be missing: read it with ["else", "$${name}", …] or ask ["present", "$${name}"].`,
        text,
      );
    }
    return { op: 'field', type: field.type, args: [], index: field.index };
  }
  const define = scope.defines.get(name);
  if (define !== undefined) return { op: 'define', type: define.type, args: [], index: define.index };
  const near = didYouMean(name, [...scope.fields.keys(), ...scope.defines.keys()], '$');
  const base = name === 'base' ? ' "$base" exists inside modifiers only.' : '';
  throw new RuleSetError(
    'UNKNOWN_REFERENCE',
    path,
    `There is no field and no earlier definition ${shown(name)}.${near}${base}`,
    text,
  );
}

/** The field that `present` and `else` ask about. */
function optionalField(call: Call): { index: number; type: Type } {
  const text = call.operands[0];
  const name = typeof text === 'string' && text.startsWith('$') ? text.slice(1) : '';
  const field = call.scope.fields.get(name);
  if (field === undefined) {
    return call.fail(
      'UNKNOWN_REFERENCE',
      `"${call.name}" takes a field as "$name", got ${shown(text)}.${didYouMean(name, [...call.scope.fields.keys()], '$')}`,
      text,
      0,
    );
  }
  if (!field.optional) {
    call.fail(
      'OPTIONAL_FIELD',
      `Field "${name}" is required, so it is always present; "${call.name}" is for optional fields.`,
      text,
      0,
    );
  }
  return field;
}

/** Literal keys of `in` and `lookup`: all whole numbers or all texts, each once. */
function literalKeys(call: Call, keys: readonly unknown[], kind: Type['kind'], path: (i: number) => string): Keys {
  const seen = new Set<unknown>();
  const checked = keys.map((key, i) => {
    const value =
      kind === 'int' ? literalInt(typeof key === 'number' ? key : Number.NaN, path(i)) : textAt(key, path(i), 0);
    if (seen.has(key)) throw new RuleSetError('DUPLICATE_ID', path(i), `${shown(key)} occurs twice.`, key);
    seen.add(key);
    return typeof value === 'string' ? value : (key as number) + 0;
  });
  spend(call.scope, keys.length, call.path);
  return checked as number[] | string[];
}

function listOf(call: Call, operand: number): readonly unknown[] {
  const list = call.operands[operand];
  if (!Array.isArray(list) || list.length === 0) {
    return call.fail('SHAPE', `"${call.name}" takes a list of one or more here, got ${shown(list)}.`, list, operand);
  }
  if (list.length > LIMITS.entries) {
    call.fail('LIMIT_EXCEEDED', `A list may have ${LIMITS.entries} entries, got ${list.length}.`, list.length, operand);
  }
  return list;
}

const MANY: number = LIMITS.operands;

const arithmetic = (op: 'add' | 'sub' | 'mul' | 'min' | 'max', most: number = MANY): [string, Operator] => [
  op,
  {
    operands: [2, most],
    usage: `["${op}", a, b${most > 2 ? ', …' : ''}]`,
    check(call) {
      const args = call.all('int');
      const interval = args
        .slice(1)
        .reduce<Interval>(
          (sum, { type }, i) => exactInt(intervals[op](sum, type), i === args.length - 2 ? call.path : call.at(i + 1)),
          (args[0] as (typeof args)[0]).type,
        );
      return call.exact(op, args, interval);
    },
  },
];

const logic = (op: 'and' | 'or'): [string, Operator] => [
  op,
  { operands: [1, MANY], usage: `["${op}", a, b, …]`, check: (call) => ({ op, type: BOOL, args: call.all('bool') }) },
];

const order = (op: 'lt' | 'le'): [string, Operator] => [
  op,
  { operands: [2, 2], usage: `["${op}", a, b]`, check: (call) => ({ op, type: BOOL, args: call.all('int') }) },
];

const unary = (op: 'abs' | 'sign'): [string, Operator] => [
  op,
  {
    operands: [1, 1],
    usage: `["${op}", a]`,
    check(call) {
      const a = call.of(0, 'int');
      return call.exact(op, [a], intervals[op](a.type));
    },
  },
];

function divisor(call: Call): Node & { readonly type: IntType } {
  const b = call.of(1, 'int');
  if (b.type.lo < 1) {
    call.fail(
      'DIVISOR',
      `The divisor must be at least 1 for every row, but can be ${b.type.lo}. Use ["max", …, 1].`,
      call.operands[1],
      1,
    );
  }
  return b;
}

/** Two operands of one type: of `if`'s branches, of `eq`, of `else`. */
function sameType(call: Call, a: Node, b: Node, operand: number): Type {
  const [x, y] = [a.type, b.type];
  if (x.kind === 'int' && y.kind === 'int') return int(join(x, y));
  if (x.kind === 'ints' && y.kind === 'ints') {
    if (x.length === y.length) return { kind: 'ints', length: x.length, ...join(x, y) };
    return call.fail(
      'OPERAND_TYPE',
      `Both vectors must have the same length, got ${x.length} and ${y.length}.`,
      call.operands[operand],
      operand,
    );
  }
  return x.kind === y.kind ? x : call.wrongType(operand, TYPE_NAMES[x.kind], y);
}

/** The closed list of operators. `"$name"` is the 26th. */
const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  arithmetic('add'),
  arithmetic('sub', 2),
  arithmetic('mul', LIMITS.factors),
  arithmetic('min'),
  arithmetic('max'),
  unary('abs'),
  unary('sign'),
  logic('and'),
  logic('or'),
  order('lt'),
  order('le'),
  [
    'div',
    {
      operands: [3, 3],
      usage: `["div", a, b, ${ROUNDINGS.map((mode) => `"${mode}"`).join(' | ')}]`,
      check(call) {
        const [a, b] = [call.of(0, 'int'), divisor(call)];
        const mode = call.operands[2] as Rounding;
        if (!ROUNDINGS.includes(mode)) {
          call.fail('OUT_OF_RANGE', `"div" rounds ${ROUNDINGS.join(', ')}; got ${shown(mode)}.`, mode, 2);
        }
        return { op: 'div', mode, args: [a, b], type: exactInt(intervals.div(a.type, b.type, mode), call.path) };
      },
    },
  ],
  [
    'mod',
    {
      operands: [2, 2],
      usage: '["mod", a, b]',
      check(call) {
        const [a, b] = [call.of(0, 'int'), divisor(call)];
        return call.exact('mod', [a, b], intervals.mod(a.type, b.type));
      },
    },
  ],
  [
    'eq',
    {
      operands: [2, 2],
      usage: '["eq", a, b]',
      check(call) {
        const [a, b] = [call.any(0), call.any(1)];
        if (a.type.kind === 'ints') call.wrongType(0, 'a whole number, a condition or a text', a.type);
        sameType(call, a, b, 1);
        return { op: 'eq', type: BOOL, args: [a, b] };
      },
    },
  ],
  [
    'not',
    { operands: [1, 1], usage: '["not", a]', check: (call) => ({ op: 'not', type: BOOL, args: call.all('bool') }) },
  ],
  [
    'if',
    {
      operands: [3, 3],
      usage: '["if", condition, then, else]',
      check(call) {
        const [condition, a, b] = [call.of(0, 'bool'), call.any(1), call.any(2)];
        if (a.type.kind === 'ints') call.wrongType(1, 'a whole number, a condition or a text', a.type);
        return { op: 'if', type: sameType(call, a, b, 2), args: [condition, a, b] };
      },
    },
  ],
  [
    'countTrue',
    {
      operands: [1, MANY],
      usage: '["countTrue", a, b, …]',
      check: (call) => ({
        op: 'countTrue',
        type: int({ lo: 0, hi: call.operands.length }),
        args: call.all('bool'),
      }),
    },
  ],
  [
    'text',
    {
      operands: [1, 1],
      usage: '["text", "A"]',
      check: (call) => ({ op: 'literal', type: TEXT, args: [], value: textAt(call.operands[0], call.at(0), 0) }),
    },
  ],
  [
    'ints',
    {
      operands: [1, LIMITS.vector],
      usage: '["ints", 1, 2, 3]',
      check(call) {
        const value = call.operands.map((_, i) => call.constant(i, -MAX_VALUE, MAX_VALUE) + 0);
        spend(call.scope, value.length, call.path);
        return { op: 'literal', type: { kind: 'ints', length: value.length, ...hull(value) }, args: [], value };
      },
    },
  ],
  [
    'present',
    {
      operands: [1, 1],
      usage: '["present", "$field"]',
      check: (call) => ({ op: 'present', type: BOOL, args: [], index: optionalField(call).index }),
    },
  ],
  [
    'else',
    {
      operands: [2, 2],
      usage: '["else", "$field", value]',
      check(call) {
        const field = optionalField(call);
        const other = call.any(1);
        const read: Node = { op: 'field', type: field.type, args: [], index: field.index };
        return { op: 'else', type: sameType(call, read, other, 1), args: [other], index: field.index };
      },
    },
  ],
  [
    'lookup',
    {
      operands: [3, 3],
      usage: '["lookup", [[key, value], …], key, default]',
      check(call) {
        const [key, other] = [call.any(1), call.of(2, 'int')];
        if (key.type.kind !== 'int' && key.type.kind !== 'text')
          call.wrongType(1, 'a whole number or a text', key.type);
        const entries = listOf(call, 0).map((entry, i) => {
          if (Array.isArray(entry) && entry.length === 2) return entry as [unknown, unknown];
          throw new RuleSetError(
            'SHAPE',
            `${call.at(0)}[${i}]`,
            `A table entry is [key, value], got ${shown(entry)}.`,
            entry,
          );
        });
        const keys = literalKeys(
          call,
          entries.map(([k]) => k),
          key.type.kind,
          (i) => `${call.at(0)}[${i}][0]`,
        );
        const values = entries.map(([, value], i) => {
          const node = literalInt(typeof value === 'number' ? value : Number.NaN, `${call.at(0)}[${i}][1]`);
          return node.op === 'literal' ? (node.value as number) : 0;
        });
        return { op: 'lookup', keys, values, args: [key, other], type: int(join(hull(values), other.type)) };
      },
    },
  ],
  [
    'in',
    {
      operands: [2, 2],
      usage: '["in", a, [1, 2, 3]]',
      check(call) {
        const a = call.any(0);
        if (a.type.kind !== 'int' && a.type.kind !== 'text') call.wrongType(0, 'a whole number or a text', a.type);
        const keys = literalKeys(call, listOf(call, 1), a.type.kind, (i) => `${call.at(1)}[${i}]`);
        return { op: 'in', keys, args: [a], type: BOOL };
      },
    },
  ],
  [
    'agree',
    {
      operands: [4, 4],
      usage: '["agree", vector, vector, from, to]',
      check(call) {
        const [a, b] = [call.of(0, 'ints'), call.of(1, 'ints')];
        const length = Math.min(a.type.length, b.type.length);
        const from = call.constant(2, 1, length);
        const to = call.constant(3, from, length);
        spend(call.scope, to - from, call.path);
        return { op: 'agree', from, to, args: [a, b], type: int({ lo: 0, hi: to - from + 1 }) };
      },
    },
  ],
  [
    'at',
    {
      operands: [2, 2],
      usage: '["at", vector, position]',
      check(call) {
        const [vector, position] = [call.of(0, 'ints'), call.any(1)];
        const { length, lo, hi } = vector.type;
        if (position.type.kind !== 'int' && position.type.kind !== 'ints') {
          call.wrongType(1, 'a whole number or a vector of them', position.type);
        }
        const { type } = position as { type: IntType | IntsType };
        if (type.lo < 1 || type.hi > length) {
          call.fail(
            'OUT_OF_RANGE',
            `Positions of this vector are 1 to ${length}, but this can be ${type.lo < 1 ? type.lo : type.hi}.`,
            call.operands[1],
            1,
          );
        }
        if (type.kind === 'int') return { op: 'at', args: [vector, position], type: int({ lo, hi }) };
        spend(call.scope, type.length, call.path);
        return { op: 'at', args: [vector, position], type: { kind: 'ints', length: type.length, lo, hi } };
      },
    },
  ],
]);

/** Every operator of the language. */
export const OPERATOR_NAMES: readonly string[] = [...OPERATORS.keys()];
