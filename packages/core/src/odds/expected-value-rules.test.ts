import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explain, parseRuleSet, scoreReasons, toFunction } from '../rules/index.ts';
import { expectedValue } from './expected-value.ts';
import { expectedValueRules } from './expected-value-rules.ts';
import { DEFAULT_THRESHOLDS } from './find-opportunities.ts';

const rules = expectedValueRules();
const scorer = toFunction(rules);
const offer = fc.record({
  oddsMilli: fc.integer({ min: 1001, max: 900_000 }),
  probabilityPpm: fc.integer({ min: 0, max: 1_000_000 }),
  commissionBp: fc.integer({ min: 0, max: 9999 }),
});

test('is a rule set that the language accepts', () => expect(parseRuleSet(rules).ok).toBe(true));

test('is the expected value of expectedValue, rounded down to a millionth', () => {
  fc.assert(
    fc.property(offer, ({ oddsMilli, probabilityPpm, commissionBp }) => {
      const { milli } = scorer.score({ oddsMilli, probabilityPpm, commissionBp });
      const exact =
        BigInt(probabilityPpm) * (10_000_000n + BigInt((oddsMilli - 1000) * (10_000 - commissionBp))) - 10n ** 13n;
      const floor = exact / 10_000_000n - (exact % 10_000_000n < 0n ? 1n : 0n);
      expect(milli).toBe(Number(floor));
      const value = expectedValue({
        odds: oddsMilli / 1000,
        probability: probabilityPpm / 1e6,
        commission: commissionBp / 1e4,
      });
      expect(value * 1e6 - (milli ?? 0)).toBeGreaterThan(-1e-6);
      expect(value * 1e6 - (milli ?? 0)).toBeLessThan(1 + 1e-6);
    }),
  );
});

test('the rule that fires is the label that a board would give', () => {
  fc.assert(
    fc.property(offer, ({ oddsMilli, probabilityPpm, commissionBp }) => {
      const value = expectedValue({
        odds: oddsMilli / 1000,
        probability: probabilityPpm / 1e6,
        commission: commissionBp / 1e4,
      });
      fc.pre(DEFAULT_THRESHOLDS.every(({ min }) => Math.abs(value - min) > 1e-9));
      const label = DEFAULT_THRESHOLDS.findIndex(({ min }) => value > min);
      expect(Number(scorer.score({ oddsMilli, probabilityPpm, commissionBp }).fired)).toBe(
        label === -1 ? 3 : label + 1,
      );
    }),
  );
});

test('thresholds are exact: 4.5 % is taken, nothing is no bet, a hair above nothing is one', () => {
  const fired = (oddsMilli: number, probabilityPpm: number) =>
    Number(scorer.score({ oddsMilli, probabilityPpm, commissionBp: 0 }).fired);
  expect(fired(2090, 500_000)).toBe(1);
  expect(fired(2089, 500_000)).toBe(2);
  expect(fired(2000, 500_000)).toBe(3);
  expect(fired(1001, 999_001)).toBe(2);
});

test('an old offer is late, an impossible one is rejected by its field', () => {
  const fresh = expectedValueRules({ maxAgeMs: 600_000 });
  const row = { oddsMilli: 2300, probabilityPpm: 500_000, commissionBp: 0, now: 1_750_000_600_000 };
  const reasons = scoreReasons(fresh);
  const reasonOf = (change: Record<string, unknown>) =>
    reasons[toFunction(fresh).score({ ...row, at: 1_750_000_000_000, ...change }).reason];
  expect(reasonOf({})).toMatchObject({ code: 0 });
  expect(reasonOf({ at: 1_749_999_999_999 })).toMatchObject({ kind: 'late' });
  expect(reasonOf({ oddsMilli: 950 })).toMatchObject({ kind: 'below', field: 'oddsMilli' });
  expect(reasonOf({ probabilityPpm: null })).toMatchObject({ kind: 'missing', field: 'probabilityPpm' });
});

test('says why in words', () => {
  expect(explain(rules, { oddsMilli: 2150, probabilityPpm: 500_000, commissionBp: 200 }).sentence).toContain('take');
});

test('refuses a threshold finer than it can tell', () => {
  expect(() => expectedValueRules({ thresholds: [{ label: 'fine', min: 1e-9 }] })).toThrow('whole in millionths');
});
