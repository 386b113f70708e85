import type { Interval } from './interval.ts';
import type { FieldType, Mode, Policies, Rounding, RuleSet } from './rule-set.ts';

/** What an expression yields. */
export type Type = IntType | { readonly kind: 'bool' } | { readonly kind: 'text' } | IntsType;
export type IntType = { readonly kind: 'int' } & Interval;
/** A vector; the interval is that of its elements. */
export type IntsType = { readonly kind: 'ints'; readonly length: number } & Interval;

/** A checked expression: every operand has the type its operator takes, and every integer its interval. */
export type Node =
  | (Of<'literal'> & { readonly value: number | boolean | string | readonly number[] })
  | (Of<'field' | 'present'> & { readonly index: number })
  | (Of<'else'> & { readonly index: number })
  | (Of<'define'> & { readonly index: number })
  | Of<'base'>
  | (Of<'div'> & { readonly mode: Rounding })
  | (Of<'lookup'> & { readonly keys: Keys; readonly values: readonly number[] })
  | (Of<'in'> & { readonly keys: Keys })
  | (Of<'agree'> & { readonly from: number; readonly to: number })
  | Of<PlainOperator>;

type Of<Op extends string> = Op extends string
  ? { readonly op: Op; readonly type: Type; readonly args: readonly Node[] }
  : never;

export type Keys = readonly number[] | readonly string[];

/** Operators that are told apart by nothing but their operands. */
export type PlainOperator =
  | 'add'
  | 'sub'
  | 'mul'
  | 'abs'
  | 'sign'
  | 'min'
  | 'max'
  | 'mod'
  | 'eq'
  | 'lt'
  | 'le'
  | 'and'
  | 'or'
  | 'not'
  | 'if'
  | 'countTrue'
  | 'at';

/** A field as both back ends see it. */
export interface ProgramField {
  readonly name: string;
  readonly field: FieldType;
  readonly type: Type;
}

/** A rule set, checked: what both back ends and `explain` are made from. */
export interface Program {
  readonly ruleSet: RuleSet;
  readonly fields: readonly ProgramField[];
  readonly defines: readonly { readonly id: string; readonly value: Node }[];
  readonly mode: Mode;
  readonly rules: readonly { readonly id: string; readonly when: Node; readonly points: Node }[];
  readonly modifiers: readonly { readonly id: string; readonly value: Node }[];
  readonly tieBreak: readonly { readonly id: string; readonly value: Node }[];
  readonly late: Node | undefined;
  readonly void: Node | undefined;
  readonly policies: Required<Policies>;
}
