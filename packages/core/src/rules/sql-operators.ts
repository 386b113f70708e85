import type { Rounding } from './rule-set.ts';

/**
 * What each operator is in SQL, over operands that are already parenthesised, typed and within their intervals. None
 * can raise an error on any such operand: totality does not rest on the order in which Postgres evaluates.
 */
export interface SqlOperators {
  readonly add: (a: string, b: string) => string;
  readonly sub: (a: string, b: string) => string;
  readonly mul: (a: string, b: string) => string;
  readonly min: (args: readonly string[]) => string;
  readonly max: (args: readonly string[]) => string;
  readonly abs: (a: string) => string;
  /** A float8 that is -1, 0 or 1: exact, and cheaper than two comparisons of an operand written twice. */
  readonly sign: (a: string) => string;
  /** @param natural whether a is never negative */
  readonly mod: (a: string, b: string, natural: boolean) => string;
  readonly div: (a: string, b: string, mode: Rounding, natural: boolean) => string;
  readonly eq: (a: string, b: string) => string;
  readonly eqText: (a: string, b: string) => string;
  readonly lt: (a: string, b: string) => string;
  readonly le: (a: string, b: string) => string;
  readonly and: (args: readonly string[]) => string;
  readonly or: (args: readonly string[]) => string;
  readonly not: (a: string) => string;
  readonly if: (condition: string, a: string, b: string) => string;
  readonly present: (a: string) => string;
  readonly else: (present: string, a: string, b: string) => string;
  /** Adds a condition to a count as 1 or 0. */
  readonly countTrue: (a: string) => string;
  readonly lookup: (key: string, entries: readonly (readonly [string, string])[], other: string) => string;
  readonly in: (a: string, keys: readonly string[]) => string;
  readonly at: (vector: string, position: string) => string;
  /** Whether one pair of elements is equal, as 1 or 0. */
  readonly agree: (a: string, b: string) => string;
}

/** Makes text comparison that of code points, whatever the column's own collation calls equal. */
export const byCodePoint = (text: string): string => `(${text} collate "C")`;

export const SQL_OPERATORS: SqlOperators = {
  add: (a, b) => `${a} + ${b}`,
  sub: (a, b) => `${a} - ${b}`,
  mul: (a, b) => `${a} * ${b}`,
  min: (args) => `least(${args.join(', ')})`,
  max: (args) => `greatest(${args.join(', ')})`,
  abs: (a) => `abs(${a})`,
  sign: (a) => `sign(${a}::float8)`,
  mod: (a, b, natural) => (natural ? `${a} % ${b}` : `(${a} % ${b} + ${b}) % ${b}`),
  div: (a, b, mode, natural) => {
    const floor = (x: string, y: string): string =>
      natural ? `${x} / ${y}` : `(${x} - (${x} % ${y} + ${y}) % ${y}) / ${y}`;
    const rest = natural ? `(${a} % ${b})` : `((${a} % ${b} + ${b}) % ${b})`;
    switch (mode) {
      case 'trunc':
        return `${a} / ${b}`;
      case 'floor':
        return floor(a, b);
      case 'ceil':
        return floor(`(${a} + ${b} - 1)`, b);
      case 'half-up':
        return floor(`(${a} * 2 + ${b})`, `(${b} * 2)`);
      case 'half-even': {
        const half = `${rest} * 2`;
        return `(${floor(a, b)}) + case when ${half} > ${b} or (${half} = ${b} and (${floor(a, b)}) % 2 <> 0) then 1 else 0 end`;
      }
    }
  },
  eq: (a, b) => `${a} = ${b}`,
  eqText: (a, b) => `${byCodePoint(a)} = ${b}`,
  lt: (a, b) => `${a} < ${b}`,
  le: (a, b) => `${a} <= ${b}`,
  and: (args) => args.join(' and '),
  or: (args) => args.join(' or '),
  not: (a) => `not ${a}`,
  if: (condition, a, b) => `case when ${condition} then ${a} else ${b} end`,
  present: (a) => a,
  else: (present, a, b) => `case when ${present} then ${a} else ${b} end`,
  countTrue: (a) => `${a}::int4`,
  lookup: (key, entries, other) =>
    `case ${key} ${entries.map(([k, value]) => `when ${k} then ${value}`).join(' ')} else ${other} end`,
  in: (a, keys) => `${a} in (${keys.join(', ')})`,
  at: (vector, position) => `${vector}[${position}::int4]`,
  agree: (a, b) => `(${a} = ${b})::int4`,
};
