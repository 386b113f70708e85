import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drawContest } from '../contests/draw-contest.ts';
import { kicktipp } from '../contests/kicktipp.ts';
import { OPERATOR_NAMES } from './check-expression.ts';
import { ruleSetSchema } from './rule-set-schema.ts';
import { arbitraryRuleSet } from './testing/arbitrary-rule-set.ts';

const isValid = new Ajv2020({ strict: true, strictTypes: false, strictTuples: false }).compile(ruleSetSchema);

test('every rule set that parses is valid', () => {
  expect([kicktipp, drawContest].map((ruleSet) => isValid(ruleSet))).toEqual([true, true]);
  fc.assert(
    fc.property(arbitraryRuleSet, (ruleSet) => isValid(ruleSet)),
    { numRuns: 300 },
  );
});

test('knows every operator', () => {
  const written = JSON.stringify(ruleSetSchema);
  expect(OPERATOR_NAMES.filter((name) => !written.includes(`{"const":"${name}"}`))).toEqual([]);
});

const when = (expression: unknown): unknown => ({ ...kicktipp, rules: [{ id: 'r', when: expression, points: 1 }] });

test.each([
  ['an unknown operator', when(['equal', 1, 2])],
  ['a missing operand', when(['eq', 1])],
  ['a rounding that does not exist', when(['eq', ['div', 1, 2, 'up'], 1])],
  ['a fraction', when(['eq', 1.5, 1])],
  ['a text that is no reference', when('home')],
  ['an unknown key', { ...kicktipp, ruels: [] }],
  ['no rules', { ...kicktipp, rules: [] }],
  ['a field name with a quote', { ...kicktipp, fields: { 'a"': { type: 'bool' } } }],
  ['a field without bounds', { ...kicktipp, fields: { a: { type: 'int' } } }],
  ['an unknown policy', { ...kicktipp, policies: { late: 'ignore' } }],
])('%s is not valid', (_, json) => expect(isValid(json)).toBe(false));
