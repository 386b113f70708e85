import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Expr, type RuleSet, toFunction } from '../../rules/index.ts';
import { drawContest } from '../draw-contest.ts';
import { kicktipp } from '../kicktipp.ts';
import { kicktippModified } from '../kicktipp-modified.ts';
import { contestPresets } from '../presets.ts';
import { uefaPredictor } from '../uefa-predictor.ts';
import { type Finding, lintRuleSet } from './lint-rule-set.ts';
import { internationalResults } from './testing/international-results.ts';

const results = internationalResults();
const kinds = (findings: readonly Finding[]): string[] => findings.map(({ kind }) => kind);
const digit = { type: 'int', min: 0, max: 9 } as const;
const ruleSet = (
  mode: RuleSet['mode'],
  rules: readonly (readonly [id: string, when: Expr, points: number])[],
): RuleSet => ({
  id: 'test',
  version: 1,
  mode,
  fields: { a: digit, b: digit },
  rules: rules.map(([id, when, points]) => ({ id, when, points })),
});

describe('on 49 520 real matches', { timeout: 60_000 }, () => {
  test('finds by itself that Kicktipp pays whoever always predicts a home win', () => {
    const { findings, strategies } = lintRuleSet(kicktipp, { results });
    expect(findings).toMatchObject([
      { kind: 'exploit', evidence: 'results', strategy: { entry: { home: 1, away: 0 } } },
    ]);
    expect(results).toHaveLength(49_520);
    expect(strategies?.kinds.map(({ entry, hitRate }) => [entry, Number(hitRate.toFixed(4))])).toEqual([
      [{ home: 1, away: 0 }, 0.49],
      [{ home: 0, away: 1 }, 0.2827],
      [{ home: 1, away: 1 }, 0.2273],
    ]);
    // The numbers that docs/contests.md quotes.
    const [home, away] = (strategies?.kinds ?? []).map(({ pointsPerMatch }) => pointsPerMatch);
    expect(home?.toFixed(3)).toBe('1.287');
    expect(((home ?? 0) / (away ?? 1)).toFixed(2)).toBe('1.66');
    expect(((home ?? 0) / (strategies?.likeOtherResults ?? 1)).toFixed(2)).toBe('1.41');
  });

  test("finds that Kicktipp's modified table has repaired it", () => {
    expect(lintRuleSet(kicktippModified, { results }).findings).toEqual([]);
  });

  test('the mean of a strategy is the mean of its points, match by match', () => {
    const { score } = toFunction(kicktipp);
    const total = results.reduce((sum, result) => sum + (score({ home: 1, away: 0, ...result }).milli ?? 0), 0);
    const [best] = lintRuleSet(kicktipp, { results }).strategies?.kinds ?? [];
    expect(best?.pointsPerMatch).toBeCloseTo(total / results.length / 1000, 9);
  });

  test('asks nothing about a rule set whose other fields it does not know, and something once it does', () => {
    expect(lintRuleSet(uefaPredictor, { results }).strategies).toBeUndefined();
    const known = results.slice(0, 5000).map((row) => ({ ...row, picked: 1, poolTotal: 2, boosted: false, stage: 1 }));
    expect(lintRuleSet(uefaPredictor, { results: known }).strategies?.matches).toBe(5000);
  });
});

describe('the draw contest', () => {
  const groupOf = Array.from({ length: 48 }, (_, i) => 1 + ((5 * i) % 12));

  test('finds by itself that exactly one misplaced team is impossible', () => {
    const found = lintRuleSet(drawContest, { results: [{ groupOf, marked: 7 }] }).findings;
    expect(found.filter((finding) => finding.kind === 'unreachableValue' && finding.of === 'placedRight')).toEqual([
      {
        kind: 'unreachableValue',
        of: 'placedRight',
        value: 47,
        evidence: 'results',
        message:
          '"placedRight" is never 47: both vectors hold the same 48 elements, so exactly one misplaced is impossible.',
      },
    ]);
  });

  test('proves a rule for exactly one misplaced team unreachable, and no other', () => {
    const [all, ...others] = drawContest.rules;
    const one = { id: 'ONE_MISPLACED', when: ['eq', '$placedRight', 47] as const, points: 90_000 };
    const withOne: RuleSet = { ...drawContest, id: 'with-one', rules: [...(all ? [all] : []), one, ...others] };
    expect(lintRuleSet(withOne, { results: [{ groupOf, marked: 7 }] }).findings).toContainEqual({
      kind: 'unreachable',
      rule: 'ONE_MISPLACED',
      evidence: 'results',
      message: 'Rule "ONE_MISPLACED" never holds with the given results.',
    });
  });

  test('finds that nobody can be all right when one group has five teams', () => {
    const uneven = groupOf.map((group, team) => (team === 0 ? 2 : group));
    expect(lintRuleSet(drawContest, { results: [{ groupOf: uneven, marked: 7 }] }).findings).toMatchObject([
      { kind: 'unreachable', rule: 'ALL_CORRECT', evidence: 'results' },
    ]);
  });
});

describe('rules', () => {
  test('one that contradicts itself is unreachable, by proof', () => {
    const impossible = ruleSet('sum', [['never', ['lt', 9, '$a'], 1000]]);
    expect(lintRuleSet(impossible).findings).toMatchObject([{ kind: 'unreachable', rule: 'never', evidence: 'proof' }]);
  });

  test('one behind a wider one is dominated', () => {
    const rules = ruleSet('first', [
      ['wide', ['le', '$a', 5], 1000],
      ['narrow', ['eq', '$a', 3], 3000],
    ]);
    expect(lintRuleSet(rules).findings).toMatchObject([
      { kind: 'outranked', rule: 'wide', by: 'narrow' },
      { kind: 'dominated', rule: 'narrow', by: ['wide'], evidence: 'proof' },
    ]);
  });

  test('one that two others cover together is dominated', () => {
    const rules = ruleSet('first', [
      ['low', ['le', '$a', 4], 3000],
      ['high', ['lt', 4, '$a'], 3000],
      ['rest', ['eq', '$b', 1], 1000],
    ]);
    expect(lintRuleSet(rules).findings).toMatchObject([{ kind: 'dominated', rule: 'rest', by: ['low', 'high'] }]);
  });

  test('one that always pays less than another is dominated where the most counts', () => {
    const rules = ruleSet('max', [
      ['small', ['eq', '$a', '$b'], 1000],
      ['large', ['le', '$a', '$b'], 2000],
    ]);
    expect(lintRuleSet(rules).findings).toMatchObject([{ kind: 'dominated', rule: 'small', by: ['large'] }]);
  });

  const score = { type: 'int', min: 0, max: 100_000 } as const;
  const text = { type: 'text', maxLength: 3 } as const;
  const numbers = [50_000, 20_000, 10_000, 5000].map((n): Expr => ['le', n, '$score']);
  test.each<[what: string, fields: RuleSet['fields'], whens: readonly Expr[], voided?: Expr]>([
    ['the highest of many numbers', { score }, numbers],
    ['the upper end of a field', { score }, [['lt', 299_997, ['mul', 3, '$score']], ...numbers]],
    ['a text', { text }, [['eq', '$text', ['text', 'GER']]]],
    ['one of some texts', { text }, [['in', '$text', ['GER', 'FRA']]]],
    ['a text of a table', { text }, [['eq', ['lookup', [['GER', 7]], '$text', 0], 7]]],
    ['a text of another field', { text, other: { ...text, oneOf: ['GER', 'FRA'] } }, [['eq', '$text', '$other']]],
    ['what keeps a row from being void', { text }, [true], ['not', ['eq', '$text', ['text', 'GER']]]],
  ])('reachable ones were called unreachable, since they ask for %s that was not tried', (_, fields, whens, voided) => {
    const rules = whens.map((when, i) => ({ id: `r${i}`, when, points: 9000 - i }));
    const asked: RuleSet = { id: 'test', version: 1, mode: 'first', fields, rules };
    expect(lintRuleSet(voided === undefined ? asked : { ...asked, void: voided }).findings).toEqual([]);
  });

  test('a table of many numbers does not hide rows in which several fields are equal', { timeout: 60_000 }, () => {
    const rank = { type: 'int', min: 0, max: 100_000 } as const;
    for (const length of [20, 100, 500]) {
      const table = Array.from({ length }, (_, i): Expr => [3 * i, i]);
      const define = [{ id: 'byRank', value: ['lookup', table, '$rank', 0] as const }];
      const wide = { ...uefaPredictor, fields: { ...uefaPredictor.fields, rank }, define };
      expect(lintRuleSet(wide).findings).toEqual([]);
    }
  });

  test('no preset has a rule that cannot pay', { timeout: 60_000 }, () => {
    for (const preset of contestPresets)
      expect([preset.id, kinds(lintRuleSet(preset).findings)]).toEqual([preset.id, []]);
  });
});

test('results that no row can have prove nothing', () => {
  const broken = [
    { resultHome: 'NA', resultAway: null },
    { resultHome: 100, resultAway: 1.5 },
  ];
  expect(lintRuleSet(kicktipp, { results: broken }).findings).toEqual([]);
  expect(lintRuleSet(drawContest, { results: [{ groupOf: [1, 2, 3], marked: 7 }] }).findings).toEqual([]);
});

test('a value that is never possible occurs for no row', () => {
  const vector = fc.shuffledSubarray([1, 2, 3, 4, 5, 6], { minLength: 6 });
  const six = { type: 'ints', length: 6, min: 1, max: 6, distinct: true } as const;
  const both: RuleSet = {
    id: 'agreement',
    version: 1,
    mode: 'sum',
    fields: { x: six, y: six },
    define: [{ id: 'agree', value: ['agree', '$x', '$y', 1, 6] }],
    rules: [{ id: 'points', when: true, points: '$agree' }],
  };
  const never = lintRuleSet(both).findings.map((finding) => (finding.kind === 'unreachableValue' ? finding.value : -1));
  expect(never).toEqual([5]);
  const { score } = toFunction(both);
  const occurred = new Set<number | null>();
  fc.assert(
    fc.property(vector, vector, fc.boolean(), (x, y, same) => {
      const { milli } = score({ x, y: same ? x : y });
      occurred.add(milli);
      expect(never).not.toContain(milli);
    }),
    { seed: 1, numRuns: 3000 },
  );
  expect([...occurred].sort()).toEqual([0, 1, 2, 3, 4, 6]);
});
