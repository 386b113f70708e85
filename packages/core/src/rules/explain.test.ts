import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kicktipp } from '../contests/kicktipp.ts';
import { explain } from './explain.ts';
import { LIMITS } from './limits.ts';
import { joker } from './modifiers.ts';
import type { Expr, RuleSet } from './rule-set.ts';
import { arbitraryRuleSet } from './testing/arbitrary-rule-set.ts';
import { toFunction } from './to-function.ts';
import { withDeadline } from './with-deadline.ts';

/** One rule over one field. */
const ruleSetOf = (when: Expr): RuleSet => ({
  id: 'one rule',
  version: 1,
  fields: { a: { type: 'int', min: 0, max: 100 } },
  mode: 'sum',
  rules: [{ id: 'only', when, points: 1 }],
});

const row = { home: 3, away: 1, resultHome: 2, resultAway: 0 };

test('names every rule, fired or not, and by how much it was missed', () => {
  const told = explain(kicktipp, row);
  expect(told).toMatchObject({ milli: 3000, fired: 2n, reason: 0, inputsChanged: false, because: { kind: 'scored' } });
  expect(told.rules).toEqual([
    {
      id: 'exact',
      label: 'exact scoreline',
      holds: false,
      fired: false,
      points: 4000,
      missing: [
        { wanted: 'home is resultHome', actual: 3, expected: 2, by: -1 },
        { wanted: 'away is resultAway', actual: 1, expected: 0, by: -1 },
      ],
    },
    { id: 'difference', label: 'goal difference', holds: true, fired: true, points: 3000, missing: [] },
    { id: 'tendency', label: 'tendency', holds: true, fired: false, points: 2000, missing: [] },
  ]);
  expect(told.sentence).toBe(
    '3 points: "goal difference" fired; "tendency" also held; "exact scoreline" did not (home is resultHome: 3 against 2, 1 too many; away is resultAway: 1 against 0, 1 too many).',
  );
});

test('says that the stored score no longer follows from the row', () => {
  const stored = toFunction(kicktipp).score(row);
  expect(explain(kicktipp, row, stored).inputsChanged).toBe(false);
  const edited = explain(kicktipp, { ...row, home: 2, away: 0 }, stored);
  expect(edited).toMatchObject({ milli: 4000, inputsChanged: true });
  expect(edited.sentence).toContain('the stored score no longer follows from the row.');
});

test.each([
  [{ ...row, home: null }, 'Not scored, because home is missing.'],
  [{ ...row, home: 100 }, 'Not scored, because home is 100, outside 0 to 99.'],
  [{ ...row, home: 1.5 }, 'Not scored, because home is 1.5, not a whole number.'],
  [{ ...row, home: '3' }, 'Not scored, because home is "3", not int.'],
  // Which String cannot turn into a text.
  [{ ...row, home: { toString: 1, valueOf: 1 } }, 'Not scored, because home is an object, not int.'],
])('says why %j is not scored', (refused, sentence) => {
  const told = explain(kicktipp, refused);
  expect([told.milli, told.rules, told.sentence]).toEqual([null, [], sentence]);
});

test('says that an entry was late, and what it would have fired', () => {
  const told = explain(withDeadline(kicktipp), { ...row, submittedAt: 2, deadline: 1 });
  expect([told.milli, told.because.kind, told.sentence]).toEqual([
    null,
    'late',
    'Not scored, because the entry is late.',
  ]);
  expect(told.rules.map(({ holds, fired }) => [holds, fired])).toEqual([
    [false, false],
    [true, false],
    [true, false],
  ]);
});

test('shows the points before and after each modifier', () => {
  const doubled = {
    ...kicktipp,
    fields: { ...kicktipp.fields, joker: { type: 'bool' } as const },
    modifiers: [joker('$joker')],
  };
  const told = explain(doubled, { ...row, joker: true });
  expect(told.modifiers).toEqual([{ id: 'joker', before: 3000, after: 6000 }]);
  expect(told.sentence).toContain('6 points: "goal difference" fired, "joker" turned 3 points into 6 points');
});

test('explains any row of any rule set with the number that it scored', () => {
  const value = fc.oneof(
    fc.integer({ min: -12, max: 12 }),
    fc.boolean(),
    fc.string(),
    fc.constant(null),
    fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3, maxLength: 3 }),
  );
  fc.assert(
    fc.property(
      arbitraryRuleSet,
      fc.dictionary(fc.constantFrom('i0', 'i1', 'i2', 'b0', 'b1', 't0', 't1', 'v0', 'v1'), value),
      (ruleSet, any) => {
        // biome-ignore format: one line
        const score = toFunction(ruleSet).score(any);
        const told = explain(ruleSet, any, score);
        expect(told).toMatchObject({ ...score, inputsChanged: false });
        expect(told.sentence.endsWith('.')).toBe(true);
        // A rule that does not hold always says why.
        for (const rule of told.rules) expect(rule.holds).toBe(rule.missing.length === 0);
      },
    ),
    { numRuns: 200 },
  );
});

test('explains a rule as deep as rules may be: each level was described twice, so hours went into one row', () => {
  // Below the innermost sum are three more calls.
  const levels = LIMITS.depth - 3;
  let sum: Expr = '$a';
  for (let i = 0; i < levels; i++) sum = ['add', sum, ['if', ['eq', '$a', i], 1, 0]];
  const told = explain(ruleSetOf(['eq', sum, 5]), { a: 0 });
  expect(told.rules[0]?.missing).toMatchObject([{ actual: 1, expected: 5, by: 4 }]);
  expect(told.rules[0]?.missing[0]?.wanted.match(/ if /g)).toHaveLength(levels);
});

test('says once what a definition misses, however many definitions name it twice', () => {
  const twice = (of: string): Expr => ['and', of, ['not', ['not', of]]];
  const define = Array.from({ length: LIMITS.definitions }, (_, i) => ({
    id: `d${i}`,
    value: i === 0 ? ['eq', '$a', 1] : twice(`$d${i - 1}`),
  }));
  const told = explain({ ...ruleSetOf(`$d${LIMITS.definitions - 1}`), define }, { a: 0 });
  expect(told.rules[0]?.missing).toEqual([{ wanted: 'a is 1', actual: 0, expected: 1, by: 1 }]);
});

test('says what two rules miss for both, where they share a definition', () => {
  const { rules, ...shared } = ruleSetOf('$both');
  const define = [{ id: 'both', value: ['eq', '$a', 1] }];
  const told = explain({ ...shared, define, rules: [...rules, { id: 'other', when: '$both', points: 2 }] }, { a: 0 });
  expect(told.rules.map(({ missing }) => missing.length)).toEqual([1, 1]);
});
