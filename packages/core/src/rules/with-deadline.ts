import type { IntField, RuleSet } from './rule-set.ts';

/**
 * Adds a deadline to a rule set: fields `submittedAt` and `deadline`, both in epoch milliseconds, and a `late` condition
 * that holds when the first comes after the second. Late rows are rejected unless the rule set's policy says otherwise.
 */
export function withDeadline(ruleSet: RuleSet): RuleSet {
  const late = ['lt', '$deadline', '$submittedAt'] as const;
  return {
    ...ruleSet,
    fields: { ...ruleSet.fields, submittedAt: TIME, deadline: TIME },
    late: ruleSet.late === undefined ? late : ['or', ruleSet.late, late],
    policies: { late: 'reject', ...ruleSet.policies },
  };
}

/** From 1970 to the end of the year 9999. */
const TIME: IntField = { type: 'int', min: 0, max: 253_402_300_799_999 };
