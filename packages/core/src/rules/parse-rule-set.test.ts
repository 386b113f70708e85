import { describe, expect, test } from 'vitest';
import { kicktipp } from '../contests/kicktipp.ts';
import { LIMITS } from './limits.ts';
import { parseRuleSet } from './parse-rule-set.ts';
import type { RuleSetError } from './rule-set-error.ts';

const goals = { type: 'int', min: 0, max: 9 };
const valid = {
  id: 'x',
  version: 1,
  fields: {
    home: goals,
    away: { ...goals, optional: true },
    group: { type: 'text' },
    order: { type: 'ints', length: 3, min: 1, max: 3 },
  },
  mode: 'sum',
  rules: [{ id: 'r', when: true, points: 1000 }],
};
const failure = (json: unknown): Pick<RuleSetError, 'code' | 'path' | 'message'> | 'valid' => {
  const parsed = parseRuleSet(json);
  return parsed.ok ? 'valid' : { code: parsed.error.code, path: parsed.error.path, message: parsed.error.message };
};
const withWhen = (when: unknown): unknown => ({ ...valid, rules: [{ id: 'r', when, points: 1000 }] });
const withPoints = (points: unknown): unknown => ({ ...valid, rules: [{ id: 'r', when: true, points }] });

test('returns a frozen copy', () => {
  const parsed = parseRuleSet(kicktipp);
  if (!parsed.ok) throw parsed.error;
  expect(parsed.ruleSet).toEqual(kicktipp);
  expect(Object.isFrozen(parsed.ruleSet.rules[0]?.when)).toBe(true);
});

describe('says what is wrong, where, and what would fit', () => {
  test.each([
    [withWhen(['equal', 1, 2]), 'UNKNOWN_OPERATOR', 'rules[0].when', 'There is no operator "equal".'],
    [withWhen(['countTru', true]), 'UNKNOWN_OPERATOR', 'rules[0].when', 'Did you mean "countTrue"?'],
    [withWhen(['constructor', 1]), 'UNKNOWN_OPERATOR', 'rules[0].when', 'no operator "constructor"'],
    [withWhen(['eq', '$hom', 1]), 'UNKNOWN_REFERENCE', 'rules[0].when[1]', 'Did you mean "$home"?'],
    [withWhen(['eq', '$__proto__', 1]), 'UNKNOWN_REFERENCE', 'rules[0].when[1]', '"__proto__"'],
    [withWhen(['eq', 'home', 1]), 'SHAPE', 'rules[0].when[1]', '"home" is neither "$name" nor ["text", "home"]'],
    [
      withWhen(['eq', '$home', true]),
      'OPERAND_TYPE',
      'rules[0].when[2]',
      '"eq" takes a whole number here, got a condition',
    ],
    [withWhen(['lt', '$group', 1]), 'OPERAND_TYPE', 'rules[0].when[1]', '"lt" takes a whole number here, got a text'],
    [withWhen(['lt', 1]), 'OPERAND_COUNT', 'rules[0].when', '"lt" takes 2 operands, got 1: ["lt", a, b]'],
    [withWhen('$home'), 'OPERAND_TYPE', 'rules[0].when', 'Expected a condition, got a whole number'],
    [withWhen(['eq', '$away', 1]), 'OPTIONAL_FIELD', 'rules[0].when[1]', '["else", "$away", …]'],
    [withWhen(['present', '$home']), 'OPTIONAL_FIELD', 'rules[0].when[1]', 'always present'],
    [withWhen(['eq', ['text', 'a\0b'], '$group']), 'TEXT_INVALID', 'rules[0].when[1][1]', 'U+0000'],
    [withWhen(['eq', ['text', '\ud800'], '$group']), 'TEXT_INVALID', 'rules[0].when[1][1]', 'half a surrogate pair'],
    [withWhen(['in', '$home', [1, 1]]), 'DUPLICATE_ID', 'rules[0].when[2][1]', '1 occurs twice'],
    [withWhen(['in', '$home', ['1']]), 'OUT_OF_RANGE', 'rules[0].when[2][0]', 'whole'],
    [withPoints(1.5), 'OUT_OF_RANGE', 'rules[0].points', '1.5 points are 1500'],
    [withPoints(Number.NaN), 'OUT_OF_RANGE', 'rules[0].points', 'got NaN'],
    [withPoints(null), 'SHAPE', 'rules[0].points', 'got null'],
    [withPoints('$base'), 'UNKNOWN_REFERENCE', 'rules[0].points', 'inside modifiers only'],
    [withPoints(['div', '$home', '$home', 'floor']), 'DIVISOR', 'rules[0].points[2]', 'can be 0. Use ["max", …, 1]'],
    [withPoints(['div', '$home', 2, 'up']), 'OUT_OF_RANGE', 'rules[0].points[3]', 'got "up"'],
    [
      withPoints(['at', '$order', '$home']),
      'OUT_OF_RANGE',
      'rules[0].points[2]',
      'Positions of this vector are 1 to 3, but this can be 0',
    ],
    [withPoints(['agree', '$order', '$order', 2, 4]), 'OUT_OF_RANGE', 'rules[0].points[4]', 'from 2 to 3 here, got 4'],
    [withPoints(['mul', '$home', 1e9]), 'OVERFLOW', 'rules[0].points', 'can reach 9000000000'],
    [withPoints(['mul', 9e15, '$home', 0]), 'OVERFLOW', 'rules[0].points[2]', 'beyond ±(2^53 − 1)'],
    [{ ...valid, fields: { 'a"; drop table x; --': goals } }, 'NAME_INVALID', 'fields', 'drop table'],
    [{ ...valid, fields: { base: goals } }, 'NAME_INVALID', 'fields', '"$base" is taken'],
    [JSON.parse('{"__proto__": {"a": 1}, "id": "x"}'), 'UNKNOWN_KEY', '', '"__proto__"'],
    [{ ...valid, fields: JSON.parse('{"__proto__": {"type": "bool"}}') }, 'NAME_INVALID', 'fields', '"__proto__"'],
    [{ ...valid, fields: { home: { type: 'int', min: 5, max: 1 } } }, 'OUT_OF_RANGE', 'fields.home.max', 'from 5'],
    [
      { ...valid, fields: { home: { type: 'int', min: 0, max: 2 ** 53 } } },
      'OUT_OF_RANGE',
      'fields.home.max',
      '4503599627370495',
    ],
    [{ ...valid, fields: { home: { type: 'integer' } } }, 'SHAPE', 'fields.home.type', '"int", "bool", "text", "ints"'],
    [{ ...valid, mode: 'best' }, 'SHAPE', 'mode', 'Expected "sum", "first", "max", got "best"'],
    [{ ...valid, ruels: [] }, 'UNKNOWN_KEY', '', 'Did you mean "rules"?'],
    [{ ...valid, version: 0 }, 'SHAPE', 'version', 'from 1 on'],
    [{ ...valid, rules: [] }, 'SHAPE', 'rules', 'one or more'.replace('one', '1')],
    [
      { ...valid, rules: [valid.rules[0], valid.rules[0]] },
      'DUPLICATE_ID',
      'rules[1].id',
      '"r" names something else already',
    ],
    [{ ...valid, policies: { late: 'ignore' } }, 'SHAPE', 'policies.late', '"reject", "zero", "score"'],
    [undefined, 'SHAPE', '', 'got nothing'],
    ['{}', 'SHAPE', '', 'Expected an object'],
  ])('%j', (json, code, path, message) => {
    expect(failure(json)).toEqual({ code, path, message: expect.stringContaining(message) });
  });
});

describe('refuses what is too large without trying it', () => {
  const nested = (depth: number): unknown => JSON.parse(`${'["not",'.repeat(depth)}true${']'.repeat(depth)}`);
  test.each([
    ['an expression 10 000 calls deep', withWhen(nested(10_000))],
    ['an expression one call too deep', withWhen(nested(LIMITS.depth + 1))],
    [
      'a call of too many operands',
      { ...valid, rules: [{ id: 'r', when: ['and', ...new Array(1e6).fill(true)], points: 1 }] },
    ],
    [
      'a table of too many entries',
      withPoints(['lookup', Array.from({ length: LIMITS.entries + 1 }, (_, i) => [i, i]), '$home', 0]),
    ],
    [
      'too many fields',
      { ...valid, fields: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`f${i}`, goals])) },
    ],
    [
      'too many rules',
      { ...valid, rules: Array.from({ length: 64 }, (_, i) => ({ id: `${i}`, when: true, points: 0 })) },
    ],
    ['a text too long', withWhen(['eq', ['text', 'x'.repeat(LIMITS.text + 1)], '$group'])],
    [
      'too many nodes',
      {
        ...valid,
        define: Array.from({ length: 60 }, (_, i) => ({ id: `d${i}`, value: ['add', ...new Array(100).fill(1)] })),
      },
    ],
  ])('%s', (_, json) => {
    const result = failure(json);
    expect(result === 'valid' ? result : ['LIMIT_EXCEEDED', 'OPERAND_COUNT'].includes(result.code)).toBe(true);
  });

  test('an expression of the greatest depth is valid', () =>
    expect(failure(withWhen(nested(LIMITS.depth)))).toBe('valid'));
});
