import type { RuleSet } from '../rules/index.ts';

/** A rule set whose points double, or otherwise multiply, where the entrant played the joker: adds the field `joker`. */
export function withJoker(ruleSet: RuleSet, times = 2): RuleSet {
  return {
    ...ruleSet,
    id: `${ruleSet.id}-joker`,
    fields: { ...ruleSet.fields, joker: { type: 'bool' } },
    modifiers: [
      ...(ruleSet.modifiers ?? []),
      { id: 'joker', value: ['if', '$joker', ['mul', '$base', times], '$base'], label: 'Joker' },
    ],
  };
}

/**
 * A rule set whose points are multiplied by stage: adds the field `stage`, from 1. `withStageMultiplier(rules, [1, 2, 3, 4, 5])`
 * is the table of allinone. A multiplier may have three decimals; points are rounded half up to thousandths.
 */
export function withStageMultiplier(ruleSet: RuleSet, multipliers: readonly number[]): RuleSet {
  const table = multipliers.map((times, i) => [i + 1, Math.round(times * 1000)]);
  return {
    ...ruleSet,
    id: `${ruleSet.id}-by-stage`,
    fields: { ...ruleSet.fields, stage: { type: 'int', min: 1, max: multipliers.length } },
    modifiers: [
      ...(ruleSet.modifiers ?? []),
      {
        id: 'stage',
        value: ['div', ['mul', '$base', ['lookup', table, '$stage', 1000]], 1000, 'half-up'],
        label: 'Stage multiplier',
      },
    ],
  };
}
