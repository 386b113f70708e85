import fc from 'fast-check';
import { expect, test } from 'vitest';
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
