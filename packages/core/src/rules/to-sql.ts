import { balanced, type Fragment, literal } from './fragment.ts';
import { type Interval, join } from './interval.ts';
import type { Program } from './node.ts';
import { compile } from './parse-rule-set.ts';
import type { IntsField, RuleSet } from './rule-set.ts';
import { RuleSetError } from './rule-set-error.ts';
import { codesOf, zeroCodes } from './score-reasons.ts';
import type { SqlColumn } from './sql-column.ts';
import { FLAT_COST, type Form, NeedsStages, SqlEmitter } from './sql-emitter.ts';
import { acceptedTogether, type SqlField, sqlFields, sqlRepeats } from './sql-guard.ts';
import { SQL_OPERATORS, type SqlOperators } from './sql-operators.ts';

/** Where a rule set finds its rows and their fields, and what of a row goes along. */
export interface ToSqlOptions {
  /** What stands behind FROM: a relation, its joins, its WHERE, even FOR UPDATE. */
  readonly from: string;
  /** Expressions over it that come along beside the score, by the name that each gets. */
  readonly carry?: Readonly<Record<string, string>>;
  /** An expression over it for each field. */
  readonly columns: Readonly<Record<string, SqlColumn>>;
  /** The number of the first parameter that is free: texts are bound from there on. Default 1. */
  readonly firstParameter?: number;
}

/** A rule set as a statement. */
export interface ScoreSql {
  /**
   * A SELECT with a row for each of the relation's: what was carried, then `milli` int4 (NULL when the row was not scored),
   * `fired` int8, `reason` int2 and `tie_1`, `tie_2`, … int4, meaning what they mean in `Score`.
   */
  readonly text: string;
  /** The values of its own parameters. */
  readonly values: string[];
}

/**
 * Compiles a rule set to SQL that scores every row of a relation, for Postgres 15 and later. It raises no error
 * whatever a row holds, and has the result of `toFunction` for each.
 *
 * @throws RuleSetError when the rule set is not valid, NAME_INVALID when something is carried under a name that is none or is
 * taken, COLUMN_INVALID when a field has no column or an unreadable one
 */
export function toSql(ruleSet: RuleSet, options: ToSqlOptions): ScoreSql {
  const program = compile(ruleSet);
  return smallest((form) => scoreSql(program, options, form));
}

/** Flat where that does, else staged. */
export function smallest<T>(make: (form: Form) => T): T {
  try {
    return make('flat');
  } catch (error) {
    if (error instanceof NeedsStages) return make('staged');
    throw error;
  }
}

/** {@link toSql} in one form, with its operators as an argument. @throws NeedsStages when the flat form does not do */
export function scoreSql(
  program: Program,
  { from, carry = {}, columns, firstParameter = 1 }: ToSqlOptions,
  form: Form,
  operators: SqlOperators = SQL_OPERATORS,
  flatCost: number = FLAT_COST,
): ScoreSql {
  const values: string[] = [];
  const bind = (text: string): string => {
    const known = values.indexOf(text);
    return `$${firstParameter + (known < 0 ? values.push(text) - 1 : known)}::text`;
  };
  const codeOf = codesOf(program.ruleSet);
  const fields = sqlFields(program, columns, codeOf, bind);
  const emitter = new SqlEmitter(form, program, fields, operators, bind, flatCost);
  const reason = form === 'flat' ? flatReason(program, fields, emitter) : stagedReason(program, fields, emitter);
  const { milli, fired } = points(program, emitter);
  const scored = [milli, ...program.tieBreak.map(({ value }) => emitter.value(value))];
  const zeros = [...zeroCodes(program.ruleSet)].join(', ');
  const only = (value: Fragment, type: 'int4' | 'int8', otherwise: string): string =>
    `(case when ${reason} = 0 then ${emitter.output(value).sql}${otherwise} end)::${type}`;
  const rejected = zeros === '' ? '' : ` when ${reason} in (${zeros}) then 0`;
  const [points1, ...ties] = scored.map((value) => only(value, 'int4', rejected));
  const names = carriedNames(program, carry);
  const outputs = [
    ...names.map((name, i) => `s.c${i + 1} as "${name}"`),
    `${points1} as milli`,
    `${only(fired, 'int8', ' else 0')} as fired`,
    `${zeros === '' ? reason : `(case when ${reason} in (${zeros}) then 0 else ${reason} end)`}::int2 as reason`,
    ...ties.map((tie, i) => `${tie} as tie_${i + 1}`),
  ];
  const carried = Object.values(carry).map((sql, i) => `${sql} as c${i + 1}`);
  return { text: `select ${outputs.join(', ')}${stagesOf(emitter, carried, from)}`, values };
}

/** @throws RuleSetError NAME_INVALID */
function carriedNames(program: Program, carry: Readonly<Record<string, string>>): string[] {
  const taken = ['milli', 'fired', 'reason', ...program.tieBreak.map((_, i) => `tie_${i + 1}`)];
  return Object.keys(carry).map((name) => {
    if (/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name) && !taken.includes(name)) return name;
    throw new RuleSetError(
      'NAME_INVALID',
      `carry.${name}`,
      `What is carried goes by a letter or _ and up to 62 letters, digits or _, and not by ${taken.join(', ')}, got ${JSON.stringify(name)}.`,
      name,
    );
  });
}

/** The reason of a row as a column of the only stage; it is looked for only in rows that the guard does not accept. */
function flatReason(program: Program, fields: readonly SqlField[], emitter: SqlEmitter): string {
  // Whether a vector repeats itself can only be asked once it is known to be one of the right length.
  if (fields.some(({ program: { field } }) => field.type === 'ints')) throw new NeedsStages();
  const endings = refusedBy(program, emitter, codesOf(program.ruleSet));
  const refusals = [
    ...fields.flatMap((field) => field.refusals),
    ...endings.map(({ condition, code }) => [condition.sql, code] as const),
  ];
  if (refusals.length === 0) return '0';
  const accepts = [...acceptedTogether(fields), ...endings.map(({ condition }) => `not ${condition.sql}`)].join(
    ' and ',
  );
  const whens = refusals.map(([condition, code]) => `when ${condition} then ${code}`).join(' ');
  return emitter.input('r0', `case when ${accepts} then 0 ${whens} end`);
}

/** The reason of a row as a column of the first stages. */
function stagedReason(program: Program, fields: readonly SqlField[], emitter: SqlEmitter): string {
  const codeOf = codesOf(program.ruleSet);
  const reason = guardReason(fields, emitter, codeOf);
  const endings = refusedBy(program, emitter, codeOf);
  if (endings.length === 0) return reason.sql;
  const whens = endings.map(({ condition, code }) => `when ${condition.sql} then ${code}`).join(' ');
  const sql = `case when ${reason.sql} <> 0 then ${reason.sql} ${whens} else 0 end`;
  return emitter.hoist(emitter.integer(sql, [reason, ...endings.map(({ condition }) => condition)], CODES)).sql;
}

const CODES: Interval = { lo: 0, hi: 1000 };

/** `void` and `late`, as far as they refuse a row. */
function refusedBy(
  program: Program,
  emitter: SqlEmitter,
  codeOf: (kind: 'void' | 'late') => number,
): { condition: Fragment; code: number }[] {
  // biome-ignore format: one line
  const late = program.policies.late === 'score' ? undefined : program.late;
  return (
    [
      ['void', program.void],
      ['late', late],
    ] as const
  ).flatMap(([kind, node]) => (node === undefined ? [] : [{ condition: emitter.value(node), code: codeOf(kind) }]));
}

/**
 * The first reason that the fields give, in their order. Repeats in a vector are looked for in the next stage, where the
 * vector is known to have its length; the checks before and after them become columns.
 */
function guardReason(
  fields: readonly SqlField[],
  emitter: SqlEmitter,
  codeOf: (kind: 'duplicate', field: string) => number,
): Fragment {
  // biome-ignore format: one line
  const whens: [condition: string, then: string][] = [];
  let pending: SqlField[] = [];
  let stage = 0;
  const flush = (): void => {
    const refusals = pending.flatMap((field) => field.refusals);
    if (refusals.length > 0) {
      const accepts = pending.map((field) => `(${field.accepts})`).join(' and ');
      const chain = refusals.map(([condition, code]) => `when ${condition} then ${code}`).join(' ');
      const column = emitter.input(`r${whens.length}`, `case when ${accepts} then 0 ${chain} else 0 end`);
      whens.push([`${column} <> 0`, column]);
    }
    pending = [];
  };
  for (const [index, field] of fields.entries()) {
    pending.push(field);
    const { field: type, name } = field.program;
    if (type.type !== 'ints' || type.distinct !== true) continue;
    flush();
    stage = 1;
    const vector = emitter.input(`v${index}`, field.bounded);
    const absent = type.optional === true ? `${emitter.input(`p${index}`, field.isPresent)} and ` : '';
    whens.push([`${absent}${sqlRepeats(type as IntsField, vector)}`, String(codeOf('duplicate', name))]);
  }
  flush();
  if (whens.length === 0) return literal(0);
  if (stage === 0) return { ...literal(0), ...CODES, sql: whens[0]?.[1] ?? '0' };
  const sql = `case ${whens.map(([condition, then]) => `when ${condition} then ${then}`).join(' ')} else 0 end`;
  return emitter.hoist(emitter.integer(sql, [literal(0)], CODES));
}

/** What a row earns, and what fired. */
function points(program: Program, emitter: SqlEmitter): { milli: Fragment; fired: Fragment } {
  const rules = program.rules.map(({ when, points }) => ({ when: emitter.value(when), points: emitter.value(points) }));
  const base = { sum: sumOf, first: firstOf, max: mostOf }[program.mode](
    rules,
    emitter,
    program.modifiers.length === 0,
  );
  let { milli } = base;
  for (const { value } of program.modifiers) {
    emitter.base = emitter.hoist(milli);
    milli = emitter.value(value);
    emitter.base = milli;
  }
  return { milli, fired: base.fired };
}

interface SqlRule {
  readonly when: Fragment;
  readonly points: Fragment;
}

function firstOf(rules: readonly SqlRule[], emitter: SqlEmitter, last: boolean): { milli: Fragment; fired: Fragment } {
  const numbers = rules.map(({ when }, i) => `when ${when.sql} then ${i + 1}`);
  const number = emitter.hoist(
    emitter.integer(
      `case ${numbers.join(' ')} else 0 end`,
      rules.map(({ when }) => when),
      { lo: 0, hi: 63 },
    ),
  );
  // Points that are the same for every row are looked up by the number of their rule, if nothing else needs them.
  const fired = last && rules.every(({ points }) => points.atom) ? emitter.output(number) : number;
  const conditions = fired.atom ? rules.map((_, i) => `${fired.sql} = ${i + 1}`) : rules.map(({ when }) => when.sql);
  const whens = rules.map(({ points }, i) => `when ${conditions[i]} then ${points.sql}`).join(' ');
  return {
    milli: emitter.integer(`case ${whens} else 0 end`, [fired, ...rules.map(({ points }) => points)], reach(rules)),
    fired,
  };
}

function mostOf(rules: readonly SqlRule[], emitter: SqlEmitter): { milli: Fragment; fired: Fragment } {
  const offers = rules.map(({ when, points }) =>
    emitter.hoist(emitter.integer(`case when ${when.sql} then ${points.sql} end`, [when, points], points)),
  );
  const most = emitter.hoist(
    emitter.integer(`coalesce(greatest(${offers.map(({ sql }) => sql).join(', ')}), 0)`, offers, reach(rules)),
  );
  const numbers = offers.map(({ sql }, i) => `when ${sql} = ${most.sql} then ${i + 1}`).join(' ');
  const twice = offers.map(() => most);
  return {
    milli: most,
    fired: emitter.integer(`case ${numbers} else 0 end`, [...offers, ...twice], { lo: 0, hi: 63 }),
  };
}

function sumOf(rules: readonly SqlRule[], emitter: SqlEmitter): { milli: Fragment; fired: Fragment } {
  const conditions = rules.map(({ when }) => emitter.hoist(when));
  const interval = rules.reduce<Interval>(
    (total, { points }) => ({ lo: total.lo + Math.min(0, points.lo), hi: total.hi + Math.max(0, points.hi) }),
    { lo: 0, hi: 0 },
  );
  const terms = emitter.widened(
    rules.map(({ points }) => points),
    interval,
  );
  const sum = balanced(
    terms.map((term, i) => `(case when ${conditions[i]?.sql} then ${term.sql} else 0 end)`),
    (a, b) => `${a} + ${b}`,
  );
  const mask = balanced(
    conditions.map((when, i) => `(case when ${when.sql} then ${1n << BigInt(i)}::int8 else 0::int8 end)`),
    (a, b) => `${a} | ${b}`,
  );
  return {
    milli: emitter.integer(sum, [...conditions, ...terms], interval),
    fired: { ...emitter.condition(mask, conditions), type: 'int8' },
  };
}

const reach = (rules: readonly SqlRule[]): Interval =>
  rules.reduce<Interval>((all, { points }) => join(all, points), { lo: 0, hi: 0 });

/**
 * From what the outputs are computed: selects inside each other, the innermost over the relation. `offset 0` keeps Postgres from
 * merging them and so computing things twice.
 */
function stagesOf({ stages }: SqlEmitter, carried: readonly string[], from: string): string {
  return stages.reduce((inner, columns, i) => {
    if (i === 0) return ` from (select ${[...carried, ...columns].join(', ')} from ${from} offset 0) as s`;
    return columns.length === 0 ? inner : ` from (select s.*, ${columns.join(', ')}${inner} offset 0) as s`;
  }, '');
}
