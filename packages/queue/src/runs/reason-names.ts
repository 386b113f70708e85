import { type RuleSet, scoreReasons } from '@scorekeep/core/rules';

/** Reason codes of a rule set as people know them: `missing:home`, `late`. */
export function namedReasons(ruleSet: RuleSet, counts: Readonly<Record<string, number>>): Record<string, number> {
  const known = scoreReasons(ruleSet);
  return Object.fromEntries(
    Object.entries(counts).map(([code, n]) => {
      const reason = known[Number(code)];
      if (reason === undefined) return [`reason ${code}`, n];
      return [reason.field === undefined ? reason.kind : `${reason.kind}:${reason.field}`, n];
    }),
  );
}
