import { KERNELS, type Kernels, type Register, table } from './kernels.ts';
import { fitsInt4 } from './limits.ts';
import { type Load, loadField } from './load-field.ts';
import type { Node, Program } from './node.ts';
import { codesOf } from './score-reasons.ts';

/** A rule set compiled for blocks of up to `size` rows. After `run` the results lie in the arrays. */
export interface Block {
  readonly size: number;
  /** Scores the rows from `start` to `start + n`. @param columns one per field, in the program's order */
  run(columns: readonly ArrayLike<unknown>[], start: number, n: number): void;
  readonly reasons: Int16Array;
  readonly milli: Register;
  /** What fired: the low and the high 32 bits. */
  readonly fired: { readonly low: Int32Array; readonly high: Int32Array };
  readonly ties: readonly Register[];
  /** The value that an expression had for the row at `i`: a number, a boolean, a text or a vector. */
  valueOf(node: Node, i: number): number | boolean | string | readonly number[];
}

/** What one expression's values are kept in. */
interface Slot {
  readonly id: number;
  readonly values: Register;
  readonly texts: string[];
  /** Elements per row; 0 when one vector serves all rows. */
  readonly stride: number;
}

/**
 * Compiles a rule set to a list of loops, each over a whole block: an expression costs one pass, equal expressions are
 * computed once, and nothing is allocated while rows are scored.
 */
export function compileBlock(program: Program, size: number, kernels: Kernels = KERNELS): Block {
  const steps: ((n: number) => void)[] = [];
  const slots = new Map<string, Slot>();
  const slotOf = new Map<Node, Slot>();
  const codeOf = codesOf(program.ruleSet);
  const reasons = new Int16Array(size);
  const Numbers = isNarrow(program) ? Int32Array : Float64Array;
  const milli = new Numbers(size);
  const low = new Int32Array(size);
  const high = new Int32Array(size);

  const allocate = ({ type }: Pick<Node, 'type'>): Slot => {
    const width = type.kind === 'ints' ? type.length : 1;
    return {
      id: nextId++,
      values: new Numbers(type.kind === 'text' ? 0 : size * width),
      texts: type.kind === 'text' ? new Array<string>(size).fill('') : [],
      stride: width,
    };
  };
  let nextId = 0;

  const fields = program.fields.map((field) => ({ ...allocate(field), present: new Numbers(size) }));
  const loads: Load[] = program.fields.map((field, i) =>
    loadField(field, fields[i] as (typeof fields)[number], codeOf),
  );
  const defines: Slot[] = [];
  for (const { value } of program.defines) defines.push(emit(value));

  const watched = (node: Node | undefined): Register | undefined =>
    node === undefined ? undefined : emit(node).values;
  const [voided, late] = [watched(program.void), watched(program.late)];
  const [voidCode, lateCode] = [codeOf('void'), program.policies.late === 'score' ? 0 : codeOf('late')];
  const rules = program.rules.map(({ when, points }) => ({ when: emit(when).values, points: emit(points).values }));
  steps.push((n) => {
    milli.fill(0, 0, n);
    low.fill(0, 0, n);
    if (program.rules.length > 32) high.fill(0, 0, n);
  });
  if (program.mode === 'first') {
    for (const [k, rule] of [...rules.entries()].reverse()) {
      steps.push((n) => replace(milli, low, rule.when, rule.points, k + 1, n));
    }
  } else {
    for (const [k, rule] of rules.entries()) {
      if (program.mode === 'max') steps.push((n) => payMost(milli, low, rule.when, rule.points, k + 1, n));
      else steps.push((n) => payAlso(milli, k < 32 ? low : high, rule.when, rule.points, 1 << (k % 32), n));
    }
  }
  let base: Slot = { id: nextId++, values: milli, texts: [], stride: 1 };
  const modified = program.modifiers.map(({ value }) => {
    base = emit(value);
    return base;
  });
  const ties = program.tieBreak.map(({ value }) => emit(value).values);

  function emit(node: Node): Slot {
    const known = slotOf.get(node);
    if (known !== undefined) return known;
    const slot = build(node);
    slotOf.set(node, slot);
    return slot;
  }

  function build(node: Node): Slot {
    switch (node.op) {
      case 'field':
        return fields[node.index] as Slot;
      case 'define':
        return defines[node.index] as Slot;
      case 'base':
        return base;
      case 'literal':
        return once(`literal ${JSON.stringify(node.value)}`, () => constant(node.value));
      default: {
        const args = node.args.map(emit);
        // A condition already is 1 or 0.
        if (node.op === 'if' && isLiteral(node.args[1], 1) && isLiteral(node.args[2], 0)) return args[0] as Slot;
        const { op, args: _, type: __, ...rest } = node;
        const key = `${op} ${JSON.stringify(rest)} ${args.map((slot) => slot.id).join(' ')}`;
        return once(key, () => {
          const out = allocate(node);
          steps.push(step(node, out, args));
          return out;
        });
      }
    }
  }

  function once(key: string, make: () => Slot): Slot {
    const slot = slots.get(key) ?? make();
    slots.set(key, slot);
    return slot;
  }

  function constant(value: number | boolean | string | readonly number[]): Slot {
    const slot = { id: nextId++, texts: [] as string[], values: new Numbers(0), stride: 1 };
    if (typeof value === 'string') return { ...slot, texts: new Array<string>(size).fill(value) };
    if (typeof value === 'object') return { ...slot, values: Numbers.from(value), stride: 0 };
    return { ...slot, values: new Numbers(size).fill(Number(value)) };
  }

  function step(
    node: Exclude<Node, { op: 'literal' | 'field' | 'define' | 'base' }>,
    out: Slot,
    args: Slot[],
  ): (n: number) => void {
    // biome-ignore format: one line
    const [a, b, c] = args as [Slot, Slot, Slot];
    const isText = node.args[node.op === 'if' ? 1 : 0]?.type.kind === 'text';
    switch (node.op) {
      case 'abs':
      case 'sign':
      case 'not': {
        const kernel = kernels[node.op];
        return (n) => kernel(out.values, a.values, n);
      }
      case 'present': {
        const { present } = fields[node.index] as (typeof fields)[number];
        return (n) => kernels.present(out.values, present, n);
      }
      case 'else': {
        const field = fields[node.index] as (typeof fields)[number];
        if (node.type.kind === 'text')
          return (n) => kernels.elseText(out.texts, field.present, field.texts, a.texts, n);
        const other = spread(a, out.stride);
        return (n) => kernels.else(out.values, field.present, field.values, other, out.stride, n);
      }
      case 'if':
        if (isText) return (n) => kernels.ifText(out.texts, a.values, b.texts, c.texts, n);
        return (n) => kernels.if(out.values, a.values, b.values, c.values, n);
      case 'div':
        return (n) => kernels.div(out.values, a.values, b.values, node.mode, n);
      case 'at':
        return (n) => kernels.at(out.values, a, b, out.stride, n);
      case 'agree':
        return (n) => kernels.agree(out.values, a, b, node.from, node.to, n);
      case 'lookup': {
        if (isText) {
          const entries = new Map(node.keys.map((key, i) => [String(key), node.values[i] ?? 0]));
          return (n) => kernels.lookupText(out.values, entries, a.texts, b.values, n);
        }
        const entries = table(node.keys as readonly number[], node.values);
        return (n) => kernels.lookup(out.values, entries, a.values, b.values, n);
      }
      case 'in': {
        if (isText) {
          const entries = new Map(node.keys.map((key) => [String(key), 1]));
          return (n) => kernels.inText(out.values, entries, a.texts, n);
        }
        const entries = table(
          node.keys as readonly number[],
          node.keys.map(() => 1),
        );
        return (n) => kernels.in(out.values, entries, a.values, n);
      }
      case 'eq':
        if (isText) return (n) => kernels.eqText(out.values, a.texts, b.texts, n);
        return (n) => kernels.eq(out.values, a.values, b.values, n);
      default: {
        const kernel = kernels[node.op];
        if (args.length === 1) return (n) => out.values.set(a.values.subarray(0, n));
        if (args.length === 2) return (n) => kernel(out.values, a.values, b.values, n);
        const others = args.slice(2).map((slot) => slot.values);
        return (n) => {
          kernel(out.values, a.values, b.values, n);
          for (const other of others) kernel(out.values, out.values, other, n);
        };
      }
    }
  }

  /** A vector that serves all rows, laid out once per row. */
  function spread(slot: Slot, width: number): Register {
    if (slot.stride !== 0) return slot.values;
    const values = new Numbers(size * width);
    for (let i = 0; i < size; i++) values.set(slot.values, i * width);
    return values;
  }

  return {
    size,
    reasons,
    milli: modified.at(-1)?.values ?? milli,
    fired: { low, high },
    ties,
    run(columns, start, n) {
      reasons.fill(0, 0, n);
      for (let f = 0; f < loads.length; f++) (loads[f] as Load)(columns[f] as ArrayLike<unknown>, start, n, reasons);
      for (let s = 0; s < steps.length; s++) (steps[s] as (n: number) => void)(n);
      if (late !== undefined && lateCode !== 0) refuse(reasons, late, lateCode, voided, n);
      if (voided !== undefined) refuse(reasons, voided, voidCode, undefined, n);
    },
    valueOf(node, i) {
      const slot = node.op === 'base' ? base : emit(node);
      if (node.type.kind === 'text') return slot.texts[i] ?? '';
      if (node.type.kind === 'ints') return [...slot.values.slice(i * slot.stride, i * slot.stride + node.type.length)];
      return node.type.kind === 'bool' ? slot.values[i] === 1 : (slot.values[i] ?? 0);
    },
  };
}

const isLiteral = (node: Node | undefined, value: number): boolean => node?.op === 'literal' && node.value === value;

/** Whether every whole number in a rule set fits int4, for every row. */
function isNarrow(program: Program): boolean {
  const fits = (node: Node): boolean => (!('lo' in node.type) || fitsInt4(node.type)) && node.args.every(fits);
  const nodes = [
    ...program.defines.map((define) => define.value),
    ...program.rules.flatMap((rule) => [rule.when, rule.points]),
    ...[...program.modifiers, ...program.tieBreak].map((item) => item.value),
    ...[program.late, program.void].filter((node) => node !== undefined),
  ];
  return program.fields.every(({ type }) => !('lo' in type) || fitsInt4(type)) && nodes.every(fits);
}

/** `first`, from the last rule to the first: who comes earlier overwrites. */
function replace(milli: Register, fired: Int32Array, when: Register, points: Register, rule: number, n: number): void {
  for (let i = 0; i < n; i++) {
    if (when[i] === 1) {
      milli[i] = points[i] as number;
      fired[i] = rule;
    }
  }
}

function payMost(milli: Register, fired: Int32Array, when: Register, points: Register, rule: number, n: number): void {
  for (let i = 0; i < n; i++) {
    if (when[i] === 1 && (fired[i] === 0 || (points[i] as number) > (milli[i] as number))) {
      milli[i] = points[i] as number;
      fired[i] = rule;
    }
  }
}

function payAlso(milli: Register, fired: Int32Array, when: Register, points: Register, bit: number, n: number): void {
  for (let i = 0; i < n; i++) {
    if (when[i] === 1) {
      milli[i] = (milli[i] as number) + (points[i] as number);
      fired[i] = (fired[i] as number) | bit;
    }
  }
}

function refuse(reasons: Int16Array, condition: Register, code: number, unless: Register | undefined, n: number): void {
  for (let i = 0; i < n; i++) {
    if (condition[i] === 1 && reasons[i] === 0 && unless?.[i] !== 1) reasons[i] = code;
  }
}
