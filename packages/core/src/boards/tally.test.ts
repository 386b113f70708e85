import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rational, add as sum, ZERO } from '../odds/rational.ts';
import { foldBoard } from './board.ts';
import { rankBoard } from './rank-board.ts';
import { mergeTallies, reachedAt, tallyFact, tallyScore } from './tally.ts';
import { arbitraryFacts, arbitraryRules } from './testing/arbitrary-facts.ts';

test('tallies of parts, merged in any grouping and order, hold the score of the whole', { timeout: 60_000 }, () => {
  const asOf = 86_400_000 * 20_020;
  fc.assert(
    fc.property(arbitraryRules, arbitraryFacts, fc.array(fc.nat()), (rules, facts, picks) => {
      const { add, columns = [] } = rules;
      const board = foldBoard({ ...rules, ties: ['reached'] }, facts);
      for (const { subject, exact, ties } of rankBoard(board, { asOf })) {
        const tallies = [...(board.facts.get(subject)?.values() ?? [])]
          .filter((fact) => fact.values !== null)
          .map((fact) => tallyFact(add, columns, fact));
        // Merges two at a time, whichever two the picks say.
        for (let i = 0; tallies.length > 1; i++) {
          const [one] = tallies.splice((picks[i] ?? 0) % tallies.length, 1);
          const [two] = tallies.splice((picks[i + 1] ?? 1) % tallies.length, 1);
          if (one !== undefined && two !== undefined) tallies.push(mergeTallies(add, columns, one, two));
        }
        const [tally] = tallies;
        if (tally === undefined) throw new Error('a standing without facts');
        expect(tallyScore(add, columns, tally, asOf)).toEqual(exact);
        expect(reachedAt(tally) ?? Number.MIN_SAFE_INTEGER).toBe(ties['reached']);
      }
    }),
  );
});

test('tallies of different operators do not merge', () => {
  const fact = { subject: 'ada', id: '1', values: { score: 1 } };
  const columns = [{ id: 'score' }];
  const [best, sum] = [tallyFact('best', columns, fact), tallyFact('sum', columns, fact)];
  expect(() => mergeTallies('sum', columns, best, sum)).toThrow(expect.objectContaining({ code: 'BOARD_INVALID' }));
});

describe('decay', () => {
  const every = 3_600_000;
  type Keep = readonly [number, number];
  const scoreOf = (keep: Keep, values: readonly (readonly [step: number, p: number])[], now: number) => {
    const facts = values.map(([step, p], i) => ({ subject: 'ada', id: `${i}`, at: step * every + i, values: { p } }));
    const board = foldBoard({ add: { decay: { keep, every } }, columns: [{ id: 'p' }] }, facts);
    return rankBoard(board, { asOf: (now + 1) * every - 1 })[0]?.exact[0];
  };
  /** One fact for each step, the last of them now. */
  const scoreOfEach = (keep: Keep, values: readonly number[]) =>
    scoreOf(keep, [...values.entries()], values.length - 1);

  test('a decayed score is the sum of value times keep to the power of its age, in lowest terms', () => {
    const keep = fc
      .tuple(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 2, max: 1000 }))
      .filter(([n, d]) => n < d);
    const fact = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: -1000, max: 1000 }));
    fc.assert(
      fc.property(keep, fc.array(fact, { minLength: 1, maxLength: 20 }), fc.nat(45), (keep, all, now) => {
        const terms = all
          .filter(([step]) => step <= now)
          .map(([step, p]) =>
            rational(BigInt(p) * BigInt(keep[0]) ** BigInt(now - step), BigInt(keep[1]) ** BigInt(now - step)),
          );
        // Who has nothing up to then is on no board.
        expect(scoreOf(keep, all, now) ?? ZERO).toEqual(terms.reduce(sum, ZERO));
      }),
    );
  });

  test('values that cancel leave no common factors, however many the steps are', () => {
    // Each 6 and the -5 after it come to nothing: 6 · 5/6 - 5.
    const values = Array.from({ length: 1001 }, (_, i) => (i === 1000 ? 1 : i % 2 === 0 ? 6 : -5));
    expect(scoreOfEach([5, 6], values)).toEqual({ numerator: 1n, denominator: 1n });
    expect(scoreOfEach([500, 1000], [1, 0, 0])).toEqual({ numerator: 1n, denominator: 4n });
  });

  test('a subject with a fact in each of the most steps there may be has a score: it took minutes', () => {
    const steps = 10_001;
    for (const keep of [997, 991, 983, 977, 971]) {
      // A geometric series, rounded down: 1/(1 - keep).
      const score = scoreOfEach([keep, 1000], Array<number>(steps).fill(1_000)) ?? ZERO;
      expect(score.numerator / score.denominator).toBe(BigInt(Math.floor(1_000_000 / (1000 - keep) - 1e-6)));
    }
  });

  test('more facts than a call may have arguments are refused for their age, not with a RangeError', () => {
    expect(() => scoreOfEach([1, 2], Array<number>(200_000).fill(1))).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
  });
});
