import { type Block, compileBlock } from './compile-block.ts';
import { KERNELS, type Kernels, type Register } from './kernels.ts';
import type { Node, Program } from './node.ts';
import { compile } from './parse-rule-set.ts';
import type { RuleSet } from './rule-set.ts';
import { RuleSetError } from './rule-set-error.ts';
import { zeroCodes } from './score-reasons.ts';

/** A row: a value per field. Absent, undefined and null are all missing. */
export type Row = Readonly<Record<string, unknown>>;

/** What a row scores. */
export interface Score {
  /** Thousandths of a point; null when the row was not scored. */
  readonly milli: number | null;
  /** Modes `first` and `max`: the number of the rule that paid, from 1, or 0. Mode `sum`: bit i is rule i. */
  readonly fired: bigint;
  /** The index in {@link scoreReasons}; 0 is scored. */
  readonly reason: number;
  /** The tie-breaks, in their order; null like the points, and 0 where a policy scores the row zero. */
  readonly ties: readonly (number | null)[];
}

/** What rows score, as columns. Where `reason` is not 0 the other columns are 0. */
export interface ScoreColumns {
  readonly milli: Int32Array;
  readonly fired: BigInt64Array;
  readonly reason: Int16Array;
  readonly ties: readonly Int32Array[];
}

/** A rule set as a function. It keeps working memory, so it is made once and used for many rows. */
export interface Scorer {
  /** Scores one row. */
  score(row: Row): Score;
  /**
   * Scores many rows. Allocates the columns that it returns, and nothing per row.
   *
   * @param columns an array for each field, of at least `rowCount` values as {@link decodeColumn} makes them
   * @throws RuleSetError COLUMN_INVALID when a field has no column, or a shorter one
   */
  scoreColumns(columns: Readonly<Record<string, ArrayLike<unknown>>>, rowCount: number): ScoreColumns;
}

/**
 * Compiles a rule set to a function. It has the result of {@link toSql} for every row.
 *
 * @throws RuleSetError when the rule set is not valid
 */
export function toFunction(ruleSet: RuleSet): Scorer {
  return scorer(compile(ruleSet), KERNELS);
}

/** {@link toFunction} with its operators as an argument. */
export function scorer(program: Program, kernels: Kernels): Scorer {
  const zero = zeroCodes(program.ruleSet);
  let many: Block | undefined;
  let one: { readonly block: Block; readonly columns: [unknown][] } | undefined;
  return {
    score(row) {
      one ??= { block: compileBlock(program, 1, kernels), columns: program.fields.map(() => [null]) };
      for (let f = 0; f < program.fields.length; f++) {
        const { name } = program.fields[f] as Program['fields'][number];
        (one.columns[f] as [unknown])[0] = Object.hasOwn(row, name) ? row[name] : null;
      }
      one.block.run(one.columns, 0, 1);
      return scoreAt(one.block, zero);
    },
    scoreColumns(columns, rowCount) {
      many ??= compileBlock(program, blockSize(program), kernels);
      return runBlocks(program, many, zero, columnsOf(program, columns, rowCount), rowCount);
    },
  };
}

function scoreAt({ reasons, milli, fired, ties }: Block, zero: ReadonlySet<number>): Score {
  const reason = reasons[0] ?? 0;
  if (zero.has(reason)) return { milli: 0, fired: 0n, reason: 0, ties: ties.map(() => 0) };
  if (reason !== 0) return { milli: null, fired: 0n, reason, ties: ties.map(() => null) };
  return {
    milli: (milli[0] ?? 0) + 0,
    fired: (BigInt(fired.high[0] ?? 0) << 32n) | BigInt((fired.low[0] ?? 0) >>> 0),
    reason,
    ties: ties.map((tie) => (tie[0] ?? 0) + 0),
  };
}

function runBlocks(
  { tieBreak }: Program,
  block: Block,
  zero: ReadonlySet<number>,
  columns: readonly ArrayLike<unknown>[],
  rowCount: number,
): ScoreColumns {
  const milli = new Int32Array(rowCount);
  const reason = new Int16Array(rowCount);
  const fired = new BigInt64Array(rowCount);
  const ties = tieBreak.map(() => new Int32Array(rowCount));
  // Written as halves: storing a BigInt would allocate one per row.
  const halves = new Int32Array(fired.buffer);
  const scores = Uint8Array.from({ length: Math.max(0, ...zero) + 1 }, (_, code) => +(code === 0 || zero.has(code)));
  for (let start = 0; start < rowCount; start += block.size) {
    const n = Math.min(block.size, rowCount - start);
    block.run(columns, start, n);
    copyBlock({ milli, halves, reason, scores }, start, block, n);
    for (let t = 0; t < ties.length; t++)
      copyScored(ties[t] as Int32Array, start, block.ties[t] as Register, block.reasons, n);
  }
  return { milli, fired, reason, ties };
}

const LOW: 0 | 1 = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH: 0 | 1 = LOW === 0 ? 1 : 0;

interface Copied {
  readonly milli: Int32Array;
  readonly halves: Int32Array;
  readonly reason: Int16Array;
  /** 1 for each reason code whose rows score. */
  readonly scores: Uint8Array;
}

function copyBlock({ milli, halves, reason, scores }: Copied, start: number, block: Block, n: number): void {
  const { reasons, milli: from, fired } = block;
  const { low, high } = fired;
  for (let i = 0; i < n; i++) {
    const code = reasons[i] as number;
    const to = start + i;
    if (code === 0) {
      milli[to] = from[i] as number;
      halves[2 * to + LOW] = low[i] as number;
      halves[2 * to + HIGH] = high[i] as number;
    } else if (scores[code] !== 1) {
      reason[to] = code;
    }
  }
}

function copyScored(to: Int32Array, start: number, from: Register, reasons: Int16Array, n: number): void {
  for (let i = 0; i < n; i++) if (reasons[i] === 0) to[start + i] = from[i] as number;
}

function columnsOf(
  { fields }: Program,
  columns: Readonly<Record<string, ArrayLike<unknown>>>,
  rowCount: number,
): ArrayLike<unknown>[] {
  return fields.map(({ name }) => {
    const column = Object.hasOwn(columns, name) ? columns[name] : undefined;
    if (column !== undefined && column.length >= rowCount) return column;
    const got = column === undefined ? 'none' : `one of ${column.length}`;
    throw new RuleSetError(
      'COLUMN_INVALID',
      `fields.${name}`,
      `scoreColumns needs a column of ${rowCount} values, got ${got}.`,
      name,
    );
  });
}

/** Rows per block: so many that a loop outweighs its call, so few that the working memory stays in the cache. */
function blockSize(program: Program): number {
  const width = (node: Node): number =>
    node.args.reduce((sum, arg) => sum + width(arg), node.type.kind === 'ints' ? node.type.length : 1);
  const nodes = [
    ...program.defines.map((define) => define.value),
    ...program.rules.flatMap((rule) => [rule.when, rule.points]),
    ...[...program.modifiers, ...program.tieBreak].map((item) => item.value),
  ];
  const fields = program.fields.reduce((sum, { type }) => sum + (type.kind === 'ints' ? type.length : 1), 0);
  const total = nodes.reduce((sum, node) => sum + width(node), fields);
  return Math.max(8, Math.min(512, Math.floor(16_384 / total)));
}
