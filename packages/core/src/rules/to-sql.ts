import { balanced, type Fragment, literal } from './fragment.ts';
import { type Interval, join } from './interval.ts';
import type { Program } from './node.ts';
import { compile } from './parse-rule-set.ts';
import type { IntsField, RuleSet } from './rule-set.ts';
import { RuleSetError } from './rule-set-error.ts';
import { codesOf, zeroCodes } from './score-reasons.ts';
import type { SqlColumn } from './sql-column.ts';
import { FLAT_COST, type Form, NeedsStages, SqlEmitter } from './sql-emitter.ts';
import { type SqlField, sqlFields, sqlRepeats } from './sql-guard.ts';
import { SQL_OPERATORS, type SqlOperators } from './sql-operators.ts';

/** Where a rule set finds its fields, and how its SQL fits into a statement. */
export interface ToSqlOptions {
  /** A column of the statement's relation for each field. */
  readonly columns: Readonly<Record<string, SqlColumn>>;
  /** The number of the first parameter that is free: texts are bound from there on. Default 1. */
  readonly firstParameter?: number;
  /** What the columns of the result are qualified by. Letters, digits and `_`. Default `score`. */
  readonly alias?: string;
}

/** A rule set as a part of a statement. */
export interface ScoreSql {
  /**
   * Goes after `from <relation>`: `cross join lateral (…) as <alias>` with the columns `milli` int4 (NULL when the row
   * was not scored), `fired` int8, `reason` int2 and `tie_1`, `tie_2`, … int4, meaning what they mean in `Score`.
   */
  readonly lateral: string;
  /** The values of its parameters. */
  readonly values: string[];
}

/**
 * Compiles a rule set to SQL that scores every row of a relation, for Postgres 15 and later. It raises no error
 * whatever a row holds, and has the result of `toFunction` for each.
 *
 * @throws RuleSetError when the rule set is not valid, COLUMN_INVALID when a field has no column or an unreadable one
 */
export function toSql(ruleSet: RuleSet, options: ToSqlOptions): ScoreSql {
  const program = compile(ruleSet);
  try {
    return scoreSql(program, options, 'flat');
  } catch (error) {
    if (error instanceof NeedsStages) return scoreSql(program, options, 'staged');
    throw error;
  }
}

/** {@link toSql} in one form, with its operators as an argument. @throws NeedsStages when the flat form does not do */
export function scoreSql(
  program: Program,
  { columns, firstParameter = 1, alias = 'score' }: ToSqlOptions,
  form: Form,
  operators: SqlOperators = SQL_OPERATORS,
  flatCost: number = FLAT_COST,
): ScoreSql {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(alias)) {
    throw new RuleSetError(
      'NAME_INVALID',
      'alias',
      `An alias is a letter or _ and up to 62 letters, digits or _, got ${JSON.stringify(alias)}.`,
      alias,
    );
  }
  const values: string[] = [];
  const bind = (text: string): string => {
    const known = values.indexOf(text);
    return `$${firstParameter + (known < 0 ? values.push(text) - 1 : known)}::text`;
  };
  const codeOf = codesOf(program.ruleSet);
  const fields = sqlFields(program, columns, codeOf, bind);
  const emitter = new SqlEmitter(form, program, fields, operators, bind, flatCost);
  const outcome = form === 'flat' ? flatOutcome(program, fields, emitter) : stagedOutcome(program, fields, emitter);
  const { milli, fired } = points(program, emitter);
  const scored = [milli, ...program.tieBreak.map(({ value }) => emitter.value(value))];
  const [points1, ...ties] = scored.map((value) => outcome.only(value, 'int4'));
  const list = [
    `${points1} as milli`,
    `${outcome.only(fired, 'int8', '0')} as fired`,
    `${outcome.reason} as reason`,
    ...ties.map((tie, i) => `${tie} as tie_${i + 1}`),
  ].join(', ');
  if (form === 'flat' && outcome.cost * (scored.length + 2) > flatCost) throw new NeedsStages();
  return { lateral: `cross join lateral (select ${list}${stagesOf(emitter)}) as "${alias}"`, values };
}

/** What becomes of a row: scored, or which reason it has. */
interface Outcome {
  /** The reason as an int2. */
  readonly reason: string;
  /** An output for rows that are scored, cast to its type; for others zero or NULL as the policies say. */
  only(value: Fragment, type: 'int4' | 'int8', otherwise?: string): string;
  readonly cost: number;
}

/** The guard is written into every output; reasons are looked for only in rows that it does not accept. */
function flatOutcome(program: Program, fields: readonly SqlField[], emitter: SqlEmitter): Outcome {
  // Whether a vector repeats itself can only be asked once it is known to be one of the right length.
  if (fields.some(({ program: { field } }) => field.type === 'ints')) throw new NeedsStages();
  const codeOf = codesOf(program.ruleSet);
  const zero = zeroCodes(program.ruleSet);
  const endings = refusedBy(program, emitter, codeOf);
  const refusals = [
    ...fields.flatMap((field) => field.refusals),
    ...endings.map(({ condition, code }) => [condition.sql, code] as const),
  ];
  const accepts = [
    ...fields.map((field) => field.accepts),
    ...endings.map(({ condition }) => `not ${condition.sql}`),
  ].join(' and ');
  const ok = accepts === '' ? 'true' : accepts;
  const chain = (of: (code: number) => string): string =>
    refusals.length === 0
      ? ''
      : `case ${refusals.map(([condition, code]) => `when ${condition} then ${of(code)}`).join(' ')} end`;
  const rejected = zero.size === 0 ? undefined : chain((code) => (zero.has(code) ? '0' : 'null'));
  const codes = chain((code) => String(zero.has(code) ? 0 : code));
  const cost =
    fields.reduce((sum, field) => sum + 2 * field.weight, 0) +
    endings.reduce((sum, { condition }) => sum + condition.cost, 0);
  return {
    cost,
    reason: `(case when ${ok} then 0${codes === '' ? '' : ` else ${codes}`} end)::int2`,
    only(value, type, otherwise = rejected) {
      return `(case when ${ok} then ${value.sql}${otherwise === undefined ? '' : ` else ${otherwise}`} end)::${type}`;
    },
  };
}

/** The reason is a column of the first stages, and every output asks it. */
function stagedOutcome(program: Program, fields: readonly SqlField[], emitter: SqlEmitter): Outcome {
  const codeOf = codesOf(program.ruleSet);
  const zero = zeroCodes(program.ruleSet);
  let reason = guardReason(fields, emitter, codeOf);
  const endings = refusedBy(program, emitter, codeOf);
  if (endings.length > 0) {
    const whens = endings.map(({ condition, code }) => `when ${condition.sql} then ${code}`).join(' ');
    const sql = `case when ${reason.sql} <> 0 then ${reason.sql} ${whens} else 0 end`;
    reason = emitter.hoist(emitter.integer(sql, [reason, ...endings.map(({ condition }) => condition)], CODES));
  }
  const zeros = [...zero].join(', ');
  return {
    cost: 0,
    reason:
      zero.size === 0
        ? `${reason.sql}::int2`
        : `(case when ${reason.sql} in (${zeros}) then 0 else ${reason.sql} end)::int2`,
    only(value, type, otherwise) {
      const rejected = otherwise === undefined && zero.size > 0 ? ` when ${reason.sql} in (${zeros}) then 0` : '';
      return `(case when ${reason.sql} = 0 then ${value.sql}${rejected}${otherwise === undefined ? '' : ` else ${otherwise}`} end)::${type}`;
    },
  };
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
  const base = { sum: sumOf, first: firstOf, max: mostOf }[program.mode](rules, emitter);
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

function firstOf(rules: readonly SqlRule[], emitter: SqlEmitter): { milli: Fragment; fired: Fragment } {
  const numbers = rules.map(({ when }, i) => `when ${when.sql} then ${i + 1}`);
  const fired = emitter.hoist(
    emitter.integer(
      `case ${numbers.join(' ')} else 0 end`,
      rules.map(({ when }) => when),
      { lo: 0, hi: 63 },
    ),
  );
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
  const paid = rules.map(({ when, points }) => ({ when: emitter.hoist(when), points }));
  const sum = balanced(
    paid.map(({ when, points }) => `(case when ${when.sql} then ${points.sql} else 0 end)`),
    (a, b) => `${a} + ${b}`,
  );
  const mask = balanced(
    paid.map(({ when }, i) => `(case when ${when.sql} then ${1n << BigInt(i)}::int8 else 0::int8 end)`),
    (a, b) => `${a} | ${b}`,
  );
  const interval = rules.reduce<Interval>(
    (total, { points }) => ({ lo: total.lo + Math.min(0, points.lo), hi: total.hi + Math.max(0, points.hi) }),
    { lo: 0, hi: 0 },
  );
  return {
    milli: emitter.integer(
      sum,
      paid.flatMap(({ when, points }) => [when, points]),
      interval,
    ),
    fired: {
      ...emitter.condition(
        mask,
        paid.map(({ when }) => when),
      ),
      type: 'int8',
    },
  };
}

const reach = (rules: readonly SqlRule[]): Interval =>
  rules.reduce<Interval>((all, { points }) => join(all, points), { lo: 0, hi: 0 });

/** The selects inside each other. `offset 0` keeps Postgres from merging them and so computing things twice. */
function stagesOf({ form, stages }: SqlEmitter): string {
  if (form === 'flat') return '';
  return stages.reduce((from, columns, i) => {
    if (i === 0) return ` from (select ${columns.join(', ') || '0 as nothing'} offset 0) as s`;
    return columns.length === 0 ? from : ` from (select s.*, ${columns.join(', ')}${from} offset 0) as s`;
  }, '');
}
