import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kicktipp } from '../contests/kicktipp.ts';
import { divide } from './interval.ts';
import type { RuleSet } from './rule-set.ts';
import { scoreReasons } from './score-reasons.ts';
import { toFunction } from './to-function.ts';
import { withDeadline } from './with-deadline.ts';

const set = (changes: Partial<RuleSet>): RuleSet => ({
  id: 'x',
  version: 1,
  fields: { n: { type: 'int', min: -9, max: 9 } },
  mode: 'sum',
  rules: [{ id: 'r', when: true, points: '$n' }],
  ...changes,
});
const kindOf = (ruleSet: RuleSet, row: Record<string, unknown>): string | undefined =>
  scoreReasons(ruleSet)[toFunction(ruleSet).score(row).reason]?.kind;

describe('modes', () => {
  const rules = [
    { id: 'never', when: false, points: 9 },
    { id: 'small', when: true, points: 1 },
    { id: 'large', when: true, points: 5 },
    { id: 'equal', when: true, points: 5 },
  ];
  test.each([
    ['sum', 11, 0b1110n],
    ['first', 1, 2n],
    ['max', 5, 3n],
  ] as const)('%s pays %i and fires %i', (mode, milli, fired) => {
    expect(toFunction(set({ mode, rules })).score({ n: 0 })).toMatchObject({ milli, fired });
  });

  test('max pays a loss when nothing else fires, and nothing when nothing fires', () => {
    const loss = set({ mode: 'max', rules: [{ id: 'r', when: ['lt', '$n', 0], points: '$n' }] });
    expect(toFunction(loss).score({ n: -3 })).toMatchObject({ milli: -3, fired: 1n });
    expect(toFunction(loss).score({ n: 3 })).toMatchObject({ milli: 0, fired: 0n });
  });

  test('sum marks each of 63 rules with its bit', () => {
    const many = set({ rules: Array.from({ length: 63 }, (_, i) => ({ id: `${i}`, when: true, points: 1 })) });
    expect(toFunction(many).score({ n: 0 })).toMatchObject({ milli: 63, fired: 2n ** 63n - 1n });
    expect(toFunction(many).scoreColumns({ n: [0] }, 1).fired[0]).toBe(2n ** 63n - 1n);
  });
});

describe('what a field may not hold', () => {
  const n = set({});
  test.each([
    [null, 'missing'],
    [undefined, 'missing'],
    [-10, 'below'],
    [10, 'above'],
    [Number.NaN, 'above'],
    [Number.POSITIVE_INFINITY, 'above'],
    [Number.NEGATIVE_INFINITY, 'below'],
    [0.5, 'fraction'],
    [10n ** 30n, 'above'],
    [5n, 'scored'],
    ['5', 'wrongType'],
    [{}, 'wrongType'],
  ])('%s is %s', (value, kind) => expect(kindOf(n, { n: value })).toBe(kind));

  test('a field inherited from a prototype is missing', () => {
    const ruleSet = set({
      fields: { constructor: { type: 'bool' as const } },
      rules: [{ id: 'r', when: true, points: 1 }],
    });
    expect(kindOf(ruleSet, {})).toBe('missing');
    expect(kindOf(ruleSet, Object.create({ constructor: true }))).toBe('missing');
  });

  test('the length of a text is counted in code points', () => {
    const text = set({ fields: { t: { type: 'text', maxLength: 2 } }, rules: [{ id: 'r', when: true, points: 1 }] });
    expect(['😀😀', 'e\u0301', 'abc', '\ud800'].map((t) => kindOf(text, { t }))).toEqual([
      'scored',
      'scored',
      'tooLong',
      'wrongType',
    ]);
  });
});

describe('policies', () => {
  const late = withDeadline(kicktipp);
  const row = { home: 1, away: 0, resultHome: 1, resultAway: 0, submittedAt: 10, deadline: 10 };
  const scored = (policies: RuleSet['policies'], changes: object): unknown => {
    const ruleSet = { ...late, void: ['eq', '$resultHome', 9], policies } as RuleSet;
    const { milli, fired, reason } = toFunction(ruleSet).score({ ...row, ...changes });
    return [milli, fired, scoreReasons(ruleSet)[reason]?.kind];
  };
  test.each([
    [{}, {}, [4000, 1n, 'scored']],
    [{}, { submittedAt: 11 }, [null, 0n, 'late']],
    [{ late: 'zero' }, { submittedAt: 11 }, [0, 0n, 'scored']],
    [{ late: 'score' }, { submittedAt: 11 }, [4000, 1n, 'scored']],
    [{}, { home: null }, [null, 0n, 'missing']],
    [{ missing: 'zero' }, { home: null }, [0, 0n, 'scored']],
    [{ missing: 'zero' }, { home: 100 }, [null, 0n, 'above']],
    [{}, { resultHome: 9, submittedAt: 11 }, [null, 0n, 'void']],
    [{ void: 'zero' }, { resultHome: 9, submittedAt: 11 }, [0, 0n, 'scored']],
  ] as const)('%j with %j', (policies, changes, result) => expect(scored(policies, changes)).toEqual(result));
});

describe('division', () => {
  const safe = fc.maxSafeInteger();
  const divisor = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  const floor = (a: bigint, b: bigint): bigint => (a < 0n && a % b !== 0n ? a / b - 1n : a / b);
  test('is exact in every mode, up to 2^53 − 1', () => {
    fc.assert(
      fc.property(safe, fc.oneof(divisor, fc.integer({ min: 1, max: 9 })), (x, y) => {
        const [a, b] = [BigInt(x), BigInt(y)];
        const down = floor(a, b);
        const rest = 2n * (a - down * b);
        const even = rest > b || (rest === b && down % 2n !== 0n) ? down + 1n : down;
        const expected = {
          floor: down,
          ceil: -floor(-a, b),
          trunc: a / b,
          'half-up': floor(2n * a + b, 2n * b),
          'half-even': even,
        };
        for (const [mode, value] of Object.entries(expected)) expect(BigInt(divide(x, y, mode as 'floor'))).toBe(value);
      }),
      { numRuns: 2000 },
    );
  });
});

test('columns and single rows score the same, across the edges of blocks', () => {
  const scorer = toFunction(kicktipp);
  const rows = Array.from({ length: 1500 }, (_, i) => ({
    home: i % 5,
    away: i % 3,
    resultHome: (i * 7) % 4,
    resultAway: i % 101 === 0 ? null : i % 2,
  }));
  const columns = Object.fromEntries(
    Object.keys(kicktipp.fields).map((name) => [name, rows.map((row) => row[name as 'home'])]),
  );
  const many = scorer.scoreColumns(columns, rows.length);
  for (const [i, row] of rows.entries()) {
    const one = scorer.score(row);
    expect([many.milli[i], many.fired[i], many.reason[i], many.ties[0]?.[i]]).toEqual([
      one.milli ?? 0,
      one.fired,
      one.reason,
      one.ties[0] ?? 0,
    ]);
  }
});

test('a column that is missing or too short is refused by name', () => {
  const scorer = toFunction(set({}));
  expect(() => scorer.scoreColumns({}, 1)).toThrow('fields.n: scoreColumns needs a column of 1 values, got none.');
  expect(() => scorer.scoreColumns({ n: [1] }, 2)).toThrow('got one of 1');
});
