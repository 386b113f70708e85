import { type Row, type RuleSet, toFunction } from '../../rules/index.ts';
import { compile } from '../../rules/parse-rule-set.ts';
import { type NaiveStrategies, type NaiveStrategy, naiveStrategies } from './naive-strategies.ts';
import { type Possible, type PossibleValues, possibleValues } from './possible-values.ts';
import { rowAt, type SearchedRows, searchedRows } from './searched-rows.ts';

/** Something about a rule set that its author may not have meant. */
export type Finding = { readonly message: string; readonly evidence: Evidence } & (
  | /** The rule's condition never holds. */ { readonly kind: 'unreachable'; readonly rule: string }
  | /** Whenever the rule holds, others leave nothing for it: earlier ones in mode `first`, better ones in mode `max`. */ {
      readonly kind: 'dominated';
      readonly rule: string;
      readonly by: readonly string[];
    }
  | /** Mode `first`: a later rule holds as well, would pay more, and never gets the row. */ {
      readonly kind: 'outranked';
      readonly rule: string;
      readonly by: string;
      readonly example: Row;
    }
  | /** A definition or tie-break never takes this value, between values that it may take. */ {
      readonly kind: 'unreachableValue';
      readonly of: string;
      readonly value: number;
    }
  | /** Entering the same every time earns far more than any other kind of entry. */ {
      readonly kind: 'exploit';
      readonly strategy: NaiveStrategy;
      /** Its points over those of the best strategy of another kind. */
      readonly advantage: number;
    }
);

/**
 * How sure a finding is. `proof`: for every row that the fields allow. `results`: proved for the given results, or measured
 * on them. `search`: for all the rows that were tried.
 */
export type Evidence = 'proof' | 'results' | 'search';

export interface LintOptions {
  /**
   * What really happened: rows of the fields that a result gives. A match gives `{ resultHome, resultAway }`; of a draw there
   * is one row, the draw.
   */
  readonly results?: readonly Row[];
  /** The fields that an entrant chooses. Default: those that have a result, as `home` has `resultHome`. */
  readonly entry?: readonly string[];
  /** Rows to try rules on, at most. Default 50 000. */
  readonly maxRows?: number;
}

export interface LintReport {
  readonly findings: readonly Finding[];
  /** What naive strategies earn on the results; absent without results, or when entries cannot be enumerated. */
  readonly strategies?: NaiveStrategies;
  /** The rows that rules were tried on. */
  readonly rows: number;
}

/** From so many times the next best kind of entry on, always entering the same is an exploit. */
const EXPLOIT = 1.25;

/**
 * Looks for rules that cannot pay, values that cannot occur, and entries that earn too much. Findings are sorted by
 * nothing but the order of the rules; what each of them rests on is in its `evidence`.
 *
 * @throws RuleSetError when the rule set is not valid
 */
export function lintRuleSet(ruleSet: RuleSet, { results = [], entry, maxRows = 50_000 }: LintOptions = {}): LintReport {
  const program = compile(ruleSet);
  const always = possibleValues(program);
  const given = results.length === 0 ? always : possibleValues(program, results);
  const rows = searchedRows(ruleSet, maxRows);
  const unreachable = program.rules.flatMap(({ id, when }): Finding[] => {
    const evidence = neverTrue(always.of(when)) ? 'proof' : neverTrue(given.of(when)) ? 'results' : undefined;
    if (evidence === undefined) return [];
    const message = `Rule "${id}" never holds${evidence === 'results' ? ' with the given results' : ''}.`;
    return [{ kind: 'unreachable', rule: id, evidence, message }];
  });
  const proved = new Set(unreachable.map((finding) => (finding.kind === 'unreachable' ? finding.rule : '')));
  const strategies = naiveStrategies(ruleSet, results, entry);
  return {
    findings: [
      ...unreachable,
      ...searchFindings(ruleSet, rows, proved),
      ...missingValues(program, always, given),
      ...(strategies === undefined ? [] : exploits(strategies)),
    ],
    ...(strategies === undefined ? {} : { strategies }),
    rows: rows.count,
  };
}

const neverTrue = (value: Possible): boolean => value.kind === 'bool' && !value.canBeTrue;

/** Tries all rules on the rows, each by itself. */
function searchFindings(ruleSet: RuleSet, rows: SearchedRows, proved: ReadonlySet<string>): Finding[] {
  const { modifiers: _, tieBreak: __, ...rules } = ruleSet;
  const alone = ruleSet.rules.map((rule) => {
    const score = toFunction({ ...rules, mode: 'sum', rules: [rule] }).scoreColumns(rows.columns, rows.count);
    return { id: rule.id, holds: score.fired, pays: score.milli };
  });
  const evidence: Evidence = rows.exhaustive ? 'proof' : 'search';
  const sparse = Object.values(ruleSet.fields).some((field) => field.type === 'ints' && field.length > 4);
  return alone.flatMap((rule, i): Finding[] => {
    // Of long vectors so few can be tried that what holds for them says little.
    if (proved.has(rule.id) || sparse) return [];
    const held = rows.count === 0 ? [] : rowsWhere(rule.holds);
    if (held.length === 0) {
      return [
        {
          kind: 'unreachable',
          rule: rule.id,
          evidence,
          message: `Rule "${rule.id}" holds for none of ${rows.count} rows.`,
        },
      ];
    }
    if (ruleSet.mode === 'sum') return [];
    return ruleSet.mode === 'first'
      ? first(rule, alone.slice(0, i), alone.slice(i + 1), held, rows, evidence)
      : max(rule, alone, i, held, evidence);
  });
}

interface Alone {
  readonly id: string;
  readonly holds: BigInt64Array;
  readonly pays: Int32Array;
}

function rowsWhere(holds: BigInt64Array): number[] {
  const rows: number[] = [];
  for (let i = 0; i < holds.length; i++) if (holds[i] !== 0n) rows.push(i);
  return rows;
}

function first(
  rule: Alone,
  earlier: readonly Alone[],
  later: readonly Alone[],
  held: readonly number[],
  rows: SearchedRows,
  evidence: Evidence,
): Finding[] {
  const own = held.filter((row) => earlier.every(({ holds }) => holds[row] === 0n));
  if (own.length === 0) {
    const by = earlier.filter(({ holds }) => held.some((row) => holds[row] !== 0n)).map(({ id }) => id);
    const message = `Rule "${rule.id}" never pays: whenever it holds, ${by.map((id) => `"${id}"`).join(' or ')} holds, too, and comes first.`;
    return [{ kind: 'dominated', rule: rule.id, by, evidence, message }];
  }
  for (const other of later) {
    const row = own.find((i) => other.holds[i] !== 0n && (other.pays[i] as number) > (rule.pays[i] as number));
    if (row === undefined) continue;
    const [less, more] = [(rule.pays[row] as number) / 1000, (other.pays[row] as number) / 1000];
    const message = `Rule "${rule.id}" comes before "${other.id}" and can pay less: ${less} instead of ${more} for ${JSON.stringify(rowAt(rows, row))}.`;
    return [{ kind: 'outranked', rule: rule.id, by: other.id, example: rowAt(rows, row), evidence: 'proof', message }];
  }
  return [];
}

function max(rule: Alone, all: readonly Alone[], at: number, held: readonly number[], evidence: Evidence): Finding[] {
  const beats = (other: Alone, i: number, row: number): boolean =>
    i !== at &&
    other.holds[row] !== 0n &&
    ((other.pays[row] as number) > (rule.pays[row] as number) || (i < at && other.pays[row] === rule.pays[row]));
  if (!held.every((row) => all.some((other, i) => beats(other, i, row)))) return [];
  const by = all.filter((other, i) => held.some((row) => beats(other, i, row))).map(({ id }) => id);
  const message = `Rule "${rule.id}" never pays: whenever it holds, ${by.map((id) => `"${id}"`).join(' or ')} pays at least as much.`;
  return [{ kind: 'dominated', rule: rule.id, by, evidence, message }];
}

const MOST_GAPS = 4;

/** Values that definitions and tie-breaks step over, when they take nearly all others. */
function missingValues(program: ReturnType<typeof compile>, always: PossibleValues, given: PossibleValues): Finding[] {
  const named = [
    ...program.defines.map(({ id }, i) => ({ id, always: always.defines[i], given: given.defines[i] })),
    ...program.tieBreak.map(({ id, value }) => ({ id, always: always.of(value), given: given.of(value) })),
  ];
  return named.flatMap(({ id, ...values }) =>
    gaps(values.given).flatMap((value): Finding[] => {
      const evidence = gaps(values.always).includes(value) ? 'proof' : 'results';
      const message = `"${id}" is never ${value}${because(values.given, value)}.`;
      return [{ kind: 'unreachableValue', of: id, value, evidence, message }];
    }),
  );
}

function because(values: Possible | undefined, value: number): string {
  const length = values?.kind === 'int' ? values.agreement?.positions.size : undefined;
  if (length === undefined || value !== length - 1) return ', though it may be less and more';
  return `: both vectors hold the same ${length} elements, so exactly one misplaced is impossible`;
}

function gaps(value: Possible | undefined): readonly number[] {
  if (value?.kind !== 'int' || value.values === undefined || value.values.size < 4) return [];
  if (value.hi - value.lo + 1 - value.values.size > MOST_GAPS) return [];
  const missing: number[] = [];
  for (let i = value.lo; i <= value.hi; i++) if (!value.values.has(i)) missing.push(i);
  return missing;
}

function exploits({ kinds, matches }: NaiveStrategies): Finding[] {
  const [best, next] = kinds;
  if (best === undefined || next === undefined || best.pointsPerMatch < EXPLOIT * next.pointsPerMatch) return [];
  const advantage = best.pointsPerMatch / next.pointsPerMatch;
  const message = `Always entering ${JSON.stringify(best.entry)} earns ${best.pointsPerMatch.toFixed(3)} points a match over ${matches} matches, ${advantage.toFixed(2)} times what the best other kind of entry earns, ${JSON.stringify(next.entry)} with ${next.pointsPerMatch.toFixed(3)}.`;
  return [{ kind: 'exploit', strategy: best, advantage, evidence: 'results', message }];
}
