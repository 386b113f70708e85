import { shown } from '../text/shown.ts';
import { type Block, compileBlock } from './compile-block.ts';
import { describe } from './describe.ts';
import type { Node, Program } from './node.ts';
import { compile } from './parse-rule-set.ts';
import type { RuleSet } from './rule-set.ts';
import { ruleSetHash } from './rule-set-hash.ts';
import { type Reason, scoreReasons } from './score-reasons.ts';
import { type Row, type Score, toFunction } from './to-function.ts';

/** Why a row has the points it has. */
export interface Explanation {
  readonly ruleSet: { readonly id: string; readonly version: number; readonly hash: string };
  /** Thousandths of a point; null when the row was not scored. */
  readonly milli: number | null;
  readonly fired: bigint;
  /** The reason code: 0 is scored. */
  readonly reason: number;
  readonly ties: readonly (number | null)[];
  /** What the reason is. With a policy of `zero` the row scores 0, and this still says why. */
  readonly because: Reason;
  /** Every rule, in its order, fired or not. Empty when the fields were refused. */
  readonly rules: readonly RuleExplanation[];
  /** Every modifier, in its order: the points before and after it. */
  readonly modifiers: readonly ModifierExplanation[];
  /** The values of the fields that were read. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Whether the score that is stored no longer follows from the row: a field was edited after scoring. */
  readonly inputsChanged: boolean;
  /** All of it in one English sentence. */
  readonly sentence: string;
}

export interface RuleExplanation {
  readonly id: string;
  readonly label?: string;
  /** Whether the condition holds. */
  readonly holds: boolean;
  /** Whether it paid. Of several that hold, `first` and `max` pay one. */
  readonly fired: boolean;
  /** What it pays when it fires, in thousandths of a point. */
  readonly points: number;
  /** What kept the condition from holding, that of a definition once; empty when it holds. */
  readonly missing: readonly Shortfall[];
}

/** A comparison that failed, and by how much. */
export interface Shortfall {
  /** What was asked, in words. */
  readonly wanted: string;
  /** What was found: the left side's value. */
  readonly actual: number | boolean | string;
  /** What it was compared with. */
  readonly expected: number | boolean | string;
  /** How much a number was too small (positive) or too large (negative); null for what is not a number. */
  readonly by: number | null;
}

export interface ModifierExplanation {
  readonly id: string;
  readonly label?: string;
  readonly before: number;
  readonly after: number;
}

/** A score as it was stored; `ties` and `fired` are compared when given. */
export type StoredScore = Pick<Score, 'milli' | 'reason'> & Partial<Pick<Score, 'fired' | 'ties'>>;

/**
 * Evaluates a row again and says, rule by rule, what fired, what did not, and what was missing.
 *
 * @param row a value per field, as {@link decodeColumn} makes them
 * @param stored the score that was stored for the row, to learn whether it still follows from it
 * @throws RuleSetError when the rule set is not valid
 */
export function explain(ruleSet: RuleSet, row: Row, stored?: StoredScore): Explanation {
  const program = compile(ruleSet);
  const score = toFunction(ruleSet).score(row);
  const inputs = Object.fromEntries(
    program.fields.map(({ name }) => [name, Object.hasOwn(row, name) ? (row[name] ?? null) : null]),
  );
  const block = compileBlock(program, 1);
  block.run(
    program.fields.map(({ name }) => [inputs[name]]),
    0,
    1,
  );
  const because = scoreReasons(ruleSet)[block.reasons[0] ?? 0] as Reason;
  const refused = because.field !== undefined;
  const rules = refused ? [] : explainRules(program, block, because.kind === 'scored' ? score.fired : 0n);
  const modifiers = refused || because.kind !== 'scored' ? [] : explainModifiers(program, block, rules);
  const inputsChanged = stored !== undefined && differs(score, stored);
  const explanation = { ...score, because, rules, modifiers, inputs, inputsChanged };
  const { id, version } = program.ruleSet;
  return {
    ruleSet: { id, version, hash: ruleSetHash(program.ruleSet) },
    ...explanation,
    sentence: sentence(explanation, program),
  };
}

function explainRules(program: Program, block: Block, fired: bigint): RuleExplanation[] {
  return program.rules.map(({ id, when, points }, i) => {
    const holds = block.valueOf(when, 0) === true;
    const label = program.ruleSet.rules[i]?.label;
    return {
      id,
      ...(label === undefined ? {} : { label }),
      holds,
      fired: program.mode === 'sum' ? (fired & (1n << BigInt(i))) !== 0n : fired === BigInt(i + 1),
      points: Number(block.valueOf(points, 0)),
      missing: holds ? [] : shortfalls(when, true, program, block, new Set()),
    };
  });
}

function explainModifiers(program: Program, block: Block, rules: readonly RuleExplanation[]): ModifierExplanation[] {
  let before = rules.reduce((sum, rule) => sum + (rule.fired ? rule.points : 0), 0);
  return program.modifiers.map(({ id, value }, i) => {
    const label = program.ruleSet.modifiers?.[i]?.label;
    const after = Number(block.valueOf(value, 0));
    const step = { id, ...(label === undefined ? {} : { label }), before, after };
    before = after;
    return step;
  });
}

/**
 * The comparisons because of which a condition is not what was wanted.
 *
 * @param told definitions whose comparisons are told already: each is told once, however many ways lead to it. A condition
 * falls short of one of true and false only, so the definition alone says which.
 */
function shortfalls(node: Node, wanted: boolean, program: Program, block: Block, told: Set<number>): Shortfall[] {
  const [a, b] = node.args as [Node, Node];
  const value = (one: Node): number | boolean | string => block.valueOf(one, 0) as number | boolean | string;
  if (value(node) === wanted) return [];
  const within = (one: Node, want: boolean): Shortfall[] => shortfalls(one, want, program, block, told);
  if (node.op === 'define') {
    if (told.has(node.index)) return [];
    told.add(node.index);
    return within(program.defines[node.index]?.value as Node, wanted);
  }
  if (node.op === 'not') return within(a, !wanted);
  if (node.op === 'and' || node.op === 'or') return node.args.flatMap((arg) => within(arg, wanted));
  const asked = `${wanted ? '' : 'not '}${describe(node, program)}`;
  if (node.op === 'eq' || node.op === 'lt' || node.op === 'le') {
    const [actual, expected] = [value(a), value(b)];
    return [{ wanted: asked, actual, expected, by: distance(node.op, actual, expected, wanted) }];
  }
  if (node.op === 'in') return [{ wanted: asked, actual: value(a), expected: wanted, by: null }];
  return [{ wanted: asked, actual: value(node), expected: wanted, by: null }];
}

/** What must be added to the left side for the comparison to come out as wanted. */
function distance(op: 'eq' | 'lt' | 'le', actual: unknown, expected: unknown, wanted: boolean): number | null {
  if (typeof actual !== 'number' || typeof expected !== 'number') return null;
  if (op === 'eq') return wanted ? expected - actual : null;
  const strict = op === 'lt';
  if (wanted) return expected - actual - (strict ? 1 : 0);
  return expected - actual + (strict ? 0 : 1);
}

function differs(score: Score, stored: StoredScore): boolean {
  return (
    score.milli !== stored.milli ||
    score.reason !== stored.reason ||
    (stored.fired !== undefined && stored.fired !== score.fired) ||
    (stored.ties !== undefined && score.ties.some((tie, i) => tie !== stored.ties?.[i]))
  );
}

type Told = Pick<Explanation, 'milli' | 'because' | 'rules' | 'modifiers' | 'inputs' | 'inputsChanged'>;

function sentence(told: Told, program: Program): string {
  const changed = told.inputsChanged ? '; the stored score no longer follows from the row' : '';
  return `${outcome(told, program)}${changed}.`;
}

function outcome({ milli, because, rules, modifiers, inputs }: Told, program: Program): string {
  const scored = milli === null ? 'Not scored' : amount(milli);
  if (because.field !== undefined) return `${scored}, because ${refusal(because, inputs[because.field], program)}`;
  if (because.kind !== 'scored')
    return `${scored}, because ${because.kind === 'late' ? 'the entry is late' : 'the entry is void'}`;
  const paid = rules.filter((rule) => rule.fired);
  const held = rules.filter((rule) => rule.holds && !rule.fired).map(named);
  const why = paid.length === 0 ? 'no rule fired' : paid.map((rule) => `${named(rule)} fired`).join(' and ');
  const steps = modifiers
    .filter(({ before, after }) => before !== after)
    .map(({ id, label, before, after }) => `, "${label ?? id}" turned ${amount(before)} into ${amount(after)}`);
  const behind = held.length === 0 ? '' : `; ${held.join(' and ')} also held`;
  const missed = rules.filter((rule) => !rule.holds);
  const gaps = missed.map((rule) => `${named(rule)} did not (${rule.missing.slice(0, 3).map(gap).join('; ')})`);
  return `${scored}: ${why}${steps.join('')}${behind}${gaps.length === 0 ? '' : `; ${gaps.join('; ')}`}`;
}

const named = ({ id, label }: { readonly id: string; readonly label?: string }): string => `"${label ?? id}"`;

function gap({ wanted, actual, expected, by }: Shortfall): string {
  if (typeof actual === 'boolean') return `${wanted}: it ${actual ? 'does' : 'does not'}`;
  const [found, needed] = [actual, expected].map((value) =>
    typeof value === 'string' ? JSON.stringify(value) : value,
  );
  const off = by === null ? '' : by > 0 ? `, ${by} too few` : `, ${-by} too many`;
  return `${wanted}: ${found} against ${needed}${off}`;
}

function refusal({ kind, field = '' }: Reason, value: unknown, program: Program): string {
  const type = program.fields.find(({ name }) => name === field)?.field;
  const got = Array.isArray(value) ? 'a vector' : shown(value);
  const bounds = type?.type === 'int' || type?.type === 'ints' ? `${type.min} to ${type.max}` : '';
  switch (kind) {
    case 'missing':
      return `${field} is missing`;
    case 'wrongType':
      return `${field} is ${got}, not ${type?.type}`;
    case 'below':
    case 'above':
      return type?.type === 'ints'
        ? `${field} has an element outside ${bounds}`
        : `${field} is ${got}, outside ${bounds}`;
    case 'fraction':
      return `${field} is ${got}, not a whole number`;
    case 'length':
      return `${field} does not have ${type?.type === 'ints' ? type.length : ''} elements`;
    case 'hole':
      return `${field} has a gap`;
    case 'duplicate':
      return `${field} has an element twice`;
    case 'tooLong':
      return `${field} is longer than ${type?.type === 'text' ? type.maxLength : ''}`;
    default:
      return `${field} is ${got}, which is not among the allowed texts`;
  }
}

/** Thousandths of a point as points: `1.5 points`. */
function amount(milli: number): string {
  const points = String(milli / 1000);
  return `${points} ${points === '1' ? 'point' : 'points'}`;
}
