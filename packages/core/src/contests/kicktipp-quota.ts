import type { Expr, RuleSet } from '../rules/index.ts';
import { crowdFields, exactCount, sameOutcome, scorelineFields } from './scoreline.ts';

/**
 * Kicktipp's quota rule: the fewer entrants picked the right outcome, the more it pays, from 3 to 10 points.
 *
 * Points are MAX / (10 T / N) − MAX / 10 + MIN, rounded and held within MIN and MAX, where T of N entrants picked this
 * outcome; missing predictions do not count. Source: kicktipp.com, rule page. It is one division,
 * (MAX N − MAX T + 10 MIN T) / (10 T), so it is rounded once.
 *
 * `picked` and `poolTotal` come from a {@link crowdSnapshot} of outcomes.
 */
export const kicktippQuota: RuleSet = {
  id: 'kicktipp-quota',
  version: 1,
  mode: 'first',
  fields: { ...scorelineFields, ...crowdFields },
  rules: [{ id: 'outcome', when: sameOutcome, points: ['mul', 1000, quota(3, 10)], label: 'Outcome, by its rarity' }],
  tieBreak: [exactCount],
};

function quota(least: number, most: number): Expr {
  const picked: Expr = ['max', '$picked', 1];
  const scaled: Expr = ['add', ['mul', most, '$poolTotal'], ['mul', 10 * least - most, picked]];
  return ['max', least, ['min', most, ['div', scaled, ['mul', 10, picked], 'half-up']]];
}
