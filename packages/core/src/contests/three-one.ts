import type { RuleSet } from '../rules/index.ts';
import { exact, exactCount, sameOutcome, scorelineFields } from './scoreline.ts';

/** Exact scoreline 3, else outcome 1: the plainest of all tables, and the commonest. */
export const threeOne: RuleSet = {
  id: 'three-one',
  version: 1,
  mode: 'first',
  fields: scorelineFields,
  rules: [
    { id: 'exact', when: exact, points: 3000, label: 'Exact scoreline' },
    { id: 'outcome', when: sameOutcome, points: 1000, label: 'Outcome' },
  ],
  tieBreak: [exactCount],
};
