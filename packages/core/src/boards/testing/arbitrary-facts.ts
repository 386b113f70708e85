import fc from 'fast-check';
import type { BoardRules } from '../board.ts';
import type { BoardFact } from '../fact.ts';

/** Few subjects, ids and values, so that ties, corrections and repetitions are common. */
const coordinates = fc.record({
  subject: fc.constantFrom('ada', 'ben', 'cleo', 'dan'),
  id: fc.constantFrom('1', '2', '3', '4', '5', '6'),
  revision: fc.integer({ min: 0, max: 2 }),
});

/** Facts that never disagree: what one says is a function of its subject, id and revision. */
export const arbitraryFacts: fc.Arbitrary<BoardFact[]> = fc
  .tuple(fc.array(coordinates, { maxLength: 40 }), fc.func(fc.integer({ min: -3, max: 9 })))
  .map(([all, value]) =>
    all.map((fact) => {
      const say = (what: string): number => value(fact.subject, fact.id, fact.revision, what);
      const values = { score: say('score'), second: say('second') };
      return { ...fact, at: 86_400_000 * (20_000 + say('at')), values: say('taken back') === 0 ? null : values };
    }),
  );

/** Every operator, direction, numbering and kind of tie-break. */
export const arbitraryRules: fc.Arbitrary<BoardRules> = fc.record({
  add: fc.constantFrom<BoardRules['add'][]>(
    'best',
    'sum',
    'latest',
    'average',
    { averageOfTop: 1 },
    { averageOfTop: 3 },
    { decay: { keep: [9, 10], every: 86_400_000 } },
  ),
  columns: fc.constantFrom<NonNullable<BoardRules['columns']>[]>(
    [{ id: 'score' }],
    [{ id: 'score' }, { id: 'second' }],
    [{ id: 'second', order: 'asc' }, { id: 'score' }],
  ),
  ties: fc.constantFrom<NonNullable<BoardRules['ties']>[]>(
    [],
    ['reached'],
    [
      { id: 'games', add: 'count', order: 'asc' },
      { id: 'least', add: 'best', column: 'second', order: 'asc' },
    ],
  ),
  rank: fc.constantFrom('1224', '1334', '1223', 'fractional'),
});
