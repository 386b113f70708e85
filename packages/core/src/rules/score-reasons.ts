import type { ProgramField } from './node.ts';
import { compile } from './parse-rule-set.ts';
import type { RuleSet } from './rule-set.ts';

/** Why a row has no points of the usual kind. */
export type ReasonKind = 'scored' | FieldReasonKind | 'void' | 'late';

/** What can be wrong with a field's value, in the order in which it is looked for. */
export type FieldReasonKind = (typeof FIELD_REASONS)[number];

export const FIELD_REASONS = [
  /** NULL, in a required field. */
  'missing',
  /** Not of the field's type; only JavaScript rows can be that. */
  'wrongType',
  /** A vector of another length, or of more than one dimension. */
  'length',
  'below',
  /** Above the bound; NaN counts as above everything, as in Postgres. */
  'above',
  /** Between two whole numbers. */
  'fraction',
  /** NULL as an element of a vector. */
  'hole',
  /** An element twice in a vector of distinct ones. */
  'duplicate',
  'tooLong',
  'notAllowed',
] as const;

/** One outcome of scoring a row; its code is stored with the score. */
export interface Reason {
  readonly code: number;
  readonly kind: ReasonKind;
  readonly field?: string;
}

/**
 * What each reason code of a rule set means; the code is the index. 0 is scored; then come the fields, sorted by name,
 * with what can be wrong with each; then void and late. A row has the first that applies.
 *
 * @throws RuleSetError when the rule set is not valid
 */
export function scoreReasons(ruleSet: RuleSet): readonly Reason[] {
  const program = compile(ruleSet);
  const reasons: Omit<Reason, 'code'>[] = [{ kind: 'scored' }];
  for (const field of program.fields) {
    for (const kind of kindsOf(field)) reasons.push({ kind, field: field.name });
  }
  if (program.void !== undefined) reasons.push({ kind: 'void' });
  if (program.late !== undefined) reasons.push({ kind: 'late' });
  return reasons.map((reason, code) => ({ code, ...reason }));
}

function kindsOf({ field }: ProgramField): FieldReasonKind[] {
  const applies: Readonly<Record<FieldReasonKind, boolean>> = {
    missing: field.optional !== true,
    wrongType: true,
    length: field.type === 'ints',
    below: field.type === 'int' || field.type === 'ints',
    above: field.type === 'int' || field.type === 'ints',
    fraction: field.type === 'int',
    hole: field.type === 'ints',
    duplicate: field.type === 'ints' && field.distinct === true,
    tooLong: field.type === 'text' && field.maxLength !== undefined,
    notAllowed: field.type === 'text' && field.oneOf !== undefined,
  };
  return FIELD_REASONS.filter((kind) => applies[kind]);
}

/** Finds the code of a reason. */
export type CodeOf = (kind: ReasonKind, field?: string) => number;

export function codesOf(ruleSet: RuleSet): CodeOf {
  const codes = new Map(scoreReasons(ruleSet).map(({ code, kind, field }) => [`${kind} ${field ?? ''}`, code]));
  return (kind, field = '') => codes.get(`${kind} ${field}`) ?? 0;
}

/** The codes whose policy is to score zero. */
export function zeroCodes(ruleSet: RuleSet): ReadonlySet<number> {
  const { policies } = compile(ruleSet);
  const zero = scoreReasons(ruleSet).filter(
    ({ kind }) => (kind === 'missing' || kind === 'late' || kind === 'void') && policies[kind] === 'zero',
  );
  return new Set(zero.map(({ code }) => code));
}
