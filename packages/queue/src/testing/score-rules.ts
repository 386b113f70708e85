import type { RuleSet } from '@scorekeep/core/rules';

/** As many points as an item's `score` says. */
export const score: RuleSet = {
  id: 'score',
  version: 1,
  mode: 'first',
  fields: { score: { type: 'int', min: 0, max: 9 } },
  rules: [{ id: 'any', when: true, points: ['mul', 1000, '$score'] }],
};
