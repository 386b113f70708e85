import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PlausibilityCheck, plausibility } from './plausibility.ts';

interface Run {
  readonly score: number;
  readonly seconds: number;
  readonly hearts?: number;
  readonly cause?: 'obstacle' | 'gave_up';
}
const fails = (check: PlausibilityCheck<Run>, run: Run): boolean => plausibility('run', { check })(run).length > 0;

test('a rate doubts exactly what is above so much for each unit and so much at once', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(1000), fc.nat(10), fc.nat(100), (score, seconds, most, atOnce) => {
      expect(fails({ rate: 'score', per: 'seconds', most, atOnce }, { score, seconds })).toBe(
        score > atOnce + most * seconds,
      );
    }),
  );
});

test('a rate says what it allows', () => {
  const message = (atOnce: number) =>
    plausibility<Run>('run', { rate: { rate: 'score', per: 'seconds', most: 2, atOnce } })({ score: 99, seconds: 1 })[0]
      ?.message;
  expect(message(0)).toBe('score is more than 2 for each of seconds.');
  expect(message(10)).toBe('score is more than 10 and 2 for each of seconds.');
});

test('a range doubts exactly what is outside, bounds included in it', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.nat(20), fc.nat(20), (score, a, b) => {
      const [least, most] = [Math.min(a, b), Math.max(a, b)];
      expect(fails({ field: 'score', least, most }, { score, seconds: 0 })).toBe(score < least || score > most);
    }),
  );
});

test('a combination that cannot be is doubted only as a whole', () => {
  const check = { never: { cause: 'obstacle', hearts: { least: 1 } } } as const;
  expect(fails(check, { score: 0, seconds: 0, cause: 'obstacle', hearts: 1 })).toBe(true);
  expect(fails(check, { score: 0, seconds: 0, cause: 'obstacle', hearts: 0 })).toBe(false);
  expect(fails(check, { score: 0, seconds: 0, cause: 'gave_up', hearts: 1 })).toBe(false);
});

test('a check does not apply to a field that is left out', () => {
  const run = { score: 5, seconds: 1 };
  expect(fails({ field: 'hearts', least: 1 }, run)).toBe(false);
  expect(fails({ rate: 'score', per: 'hearts', most: 0 }, run)).toBe(false);
  expect(fails({ never: { hearts: { least: 0 } } }, run)).toBe(false);
});

test('a predicate that throws is a doubt, and no end of the batch', () => {
  const broken = () => {
    throw new Error('private detail');
  };
  expect(plausibility<Run>('run', { broken })({ score: 1, seconds: 1 })).toEqual([
    { code: 'implausible', path: 'broken', message: 'run.plausible.broken does not hold.' },
  ]);
});

describe('a check that is refused where it is defined', () => {
  test.each<[string, unknown, string]>([
    ['nothing of a check', {}, 'must be a function or have'],
    ['a rate that is no number', { rate: 'score', per: 'seconds', most: Number.NaN }, 'run.plausible.check.most'],
    [
      'a start that is no number',
      { rate: 'score', per: 'seconds', most: 1, atOnce: 1 / 0 },
      'run.plausible.check.atOnce',
    ],
    ['a range without bounds', { field: 'score' }, 'needs "least", "most" or both'],
    ['a range upside down', { field: 'score', least: 2, most: 1 }, '"least" 2 above its "most" 1'],
    ['no combination', { never: {} }, 'at least one field'],
    ['a bound in a combination', { never: { score: { least: Number.NaN } } }, 'run.plausible.check.never.score'],
  ])('%s', (_, check, message) => {
    expect(() => plausibility<Run>('run', { check: check as PlausibilityCheck<Run> })).toThrow(
      expect.objectContaining({ code: 'DEFINITION_INVALID', message: expect.stringContaining(message) }),
    );
  });
});
