import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toFunction } from '../../rules/index.ts';
import { compile } from '../../rules/parse-rule-set.ts';
import { arbitraryRuleSet } from '../../rules/testing/arbitrary-rule-set.ts';
import { possibleValues } from './possible-values.ts';
import { searchedRows } from './searched-rows.ts';

test('no row gives a tie-break a value, or fires a rule, that is not among the possible ones', {
  timeout: 60_000,
}, () => {
  let [scored, decided] = [0, 0];
  fc.assert(
    fc.property(arbitraryRuleSet, (generated) => {
      const ruleSet = {
        ...generated,
        mode: 'sum' as const,
        policies: { missing: 'reject' as const, void: 'reject' as const, late: 'score' as const },
      };
      const program = compile(ruleSet);
      const { of } = possibleValues(program);
      const rows = searchedRows(ruleSet, 60);
      const { reason, fired, ties } = toFunction(ruleSet).scoreColumns(rows.columns, rows.count);
      for (let i = 0; i < rows.count; i++) {
        if (reason[i] !== 0) continue;
        scored++;
        for (const [k, { when }] of program.rules.entries()) {
          const value = of(when);
          const holds = ((fired[i] ?? 0n) >> BigInt(k)) & 1n;
          if (value.kind !== 'bool') throw new Error('not a condition');
          if (value.canBeTrue !== value.canBeFalse) decided++;
          if (!(holds === 1n ? value.canBeTrue : value.canBeFalse)) throw new Error(`rules[${k}] in row ${i}`);
        }
        for (const [k, { value }] of program.tieBreak.entries()) {
          const possible = of(value);
          const tie = ties[k]?.[i] ?? 0;
          if (possible.kind !== 'int') throw new Error('not a number');
          const inside = tie >= possible.lo && tie <= possible.hi && (possible.values?.has(tie) ?? true);
          if (!inside) throw new Error(`tieBreak[${k}] is ${tie} in row ${i}`);
        }
      }
    }),
    { seed: 20261124, numRuns: 120 },
  );
  // The property says something only where rows are scored and conditions are decided.
  expect(scored).toBeGreaterThan(1000);
  expect(decided).toBeGreaterThan(100);
});
