import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BoardRules, foldBoard, mergeBoards } from './board.ts';
import type { BoardFact } from './fact.ts';
import { rankBoard } from './rank-board.ts';
import { arbitraryFacts, arbitraryRules } from './testing/arbitrary-facts.ts';

const asOf = 86_400_000 * 20_020;
const standings = (rules: BoardRules, facts: Iterable<BoardFact>) => rankBoard(foldBoard(rules, facts), { asOf });
const shuffled = <T>(of: readonly T[]): fc.Arbitrary<T[]> =>
  fc.shuffledSubarray([...of], { minLength: of.length, maxLength: of.length });

describe('a board', () => {
  test('is the same whatever order its facts come in, and however often', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(
        arbitraryRules,
        arbitraryFacts.chain((facts) => fc.tuple(fc.constant(facts), shuffled([...facts, ...facts.slice(0, 7)]))),
        (rules, [facts, disordered]) => {
          expect(standings(rules, disordered)).toEqual(standings(rules, facts));
        },
      ),
    );
  });

  test('is the same when its facts are divided, folded apart and merged in any order, even overlapping', {
    timeout: 60_000,
  }, () => {
    fc.assert(
      fc.property(arbitraryRules, arbitraryFacts, fc.nat(), fc.nat(), (rules, facts, a, b) => {
        const [low, high] = [a % (facts.length + 1), b % (facts.length + 1)];
        const [head, tail] = [
          foldBoard(rules, facts.slice(0, low)),
          foldBoard(rules, facts.slice(Math.min(low, high))),
        ];
        const expected = standings(rules, facts);
        expect(rankBoard(mergeBoards(head, tail), { asOf })).toEqual(expected);
        expect(rankBoard(mergeBoards(tail, mergeBoards(head, tail)), { asOf })).toEqual(expected);
      }),
    );
  });

  test('merges with one whose rules come from storage: keys in another order were taken for other rules', () => {
    const rules: BoardRules = { add: 'sum', columns: [{ id: 'points', order: 'asc' }] };
    const stored: BoardRules = { columns: [{ order: 'asc', id: 'points' }], add: 'sum' };
    const [ann, bob] = [
      { subject: 'ann', id: '1', values: { points: 1 } },
      { subject: 'bob', id: '1', values: { points: 2 } },
    ];
    const merged = mergeBoards(foldBoard(rules, [ann]), foldBoard(stored, [bob]));
    expect(merged).toEqual(foldBoard(rules, [ann, bob]));
  });

  test('after corrections is the board of the corrected facts alone', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(arbitraryRules, arbitraryFacts, (rules, facts) => {
        const newest = new Map<string, BoardFact>();
        for (const fact of facts.toSorted((a, b) => (a.revision ?? 0) - (b.revision ?? 0))) {
          newest.set(`${fact.subject} ${fact.id}`, fact);
        }
        const valid = [...newest.values()].filter((fact) => fact.values !== null);
        expect(standings(rules, facts)).toEqual(standings(rules, valid));
      }),
    );
  });

  test('without an excluded subject is the board of everybody else', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(arbitraryRules, arbitraryFacts, (rules, facts) => {
        const excluded = new Set(['ben', 'dan']);
        const others = facts.filter(({ subject }) => !excluded.has(subject));
        expect(rankBoard(foldBoard(rules, facts), { asOf, excluded })).toEqual(standings(rules, others));
      }),
    );
  });

  test('refuses two facts of one revision that do not say the same, in either order', () => {
    const rules = { add: 'sum', columns: [{ id: 'score' }] } as const;
    const facts: BoardFact[] = [1, 2].map((score) => ({ subject: 'ada', id: '1', values: { score } }));
    for (const both of [facts, facts.toReversed()]) {
      expect(() => foldBoard(rules, both)).toThrow(expect.objectContaining({ code: 'FACTS_DISAGREE' }));
    }
    const [one, two] = facts.map((fact) => foldBoard(rules, [fact]));
    if (one === undefined || two === undefined) throw new Error('two boards');
    expect(() => mergeBoards(one, two)).toThrow(expect.objectContaining({ code: 'FACTS_DISAGREE' }));
  });

  test.each([
    ['an average of the best 0', { add: { averageOfTop: 0 }, columns: [{ id: 'score' }] }],
    ['a count with columns', { add: 'count', columns: [{ id: 'score' }] }],
    ['a sum of nothing', { add: 'sum' }],
    ['a column twice', { add: 'sum', columns: [{ id: 'score' }, { id: 'score' }] }],
    ['growth in place of decay', { add: { decay: { keep: [11, 10], every: 1 } }, columns: [{ id: 'score' }] }],
    ['a tie-break twice', { add: 'count', ties: ['reached', 'reached'] }],
    ['a tie-break without its column', { add: 'count', ties: [{ id: 'x', add: 'sum' }] }],
    ['an unknown operator', { add: 'median', columns: [{ id: 'score' }] } as never],
    ['an unknown numbering', { add: 'count', rank: '1225' } as never],
  ] satisfies [string, BoardRules][])('refuses %s', (_, rules) => {
    expect(() => foldBoard(rules, [])).toThrow(expect.objectContaining({ code: 'BOARD_INVALID' }));
  });

  test.each([
    ['no value', { subject: 'ada', id: '1', at: 0, values: {} }],
    ['a fraction', { subject: 'ada', id: '1', at: 0, values: { score: 0.5 } }],
    ['no time', { subject: 'ada', id: '1', values: { score: 1 } }],
    ['no subject', { subject: '', id: '1', at: 0, values: { score: 1 } }],
    [
      'an inherited value',
      { subject: 'ada', id: '1', at: 0, values: Object.create({ score: 1 }) as { score: number } },
    ],
  ])('refuses a fact with %s', (_, fact) => {
    const rules = { add: 'latest', columns: [{ id: 'score' }] } as const;
    expect(() => foldBoard(rules, [fact])).toThrow(expect.objectContaining({ code: 'FACT_INVALID' }));
  });
});
