import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BoardRules, foldBoard } from './board.ts';
import type { BoardFact } from './fact.ts';
import { type RankOptions, rankBoard } from './rank-board.ts';
import { arbitraryFacts } from './testing/arbitrary-facts.ts';

const runs = (subject: string, ...scores: readonly (readonly [number, number?])[]): BoardFact[] =>
  scores.map(([score, second = 0], i) => ({ subject, id: String(i + 1), at: i + 1, values: { score, second } }));
const lines = (rules: BoardRules, facts: readonly BoardFact[], options?: RankOptions) =>
  rankBoard(foldBoard(rules, facts), options).map(({ rank, subject, score }) => [rank, subject, ...score]);
const score = { id: 'score' };
const pair: BoardRules['columns'] = [score, { id: 'second' }];

describe('operators', () => {
  // Nakama 3.40 takes the greatest of each column by itself and stores (100, 50), a run that nobody played.
  test('the best of (100, 5) and (90, 50) is (100, 5), a run that happened', () => {
    expect(lines({ add: 'best', columns: pair }, runs('ada', [100, 5], [90, 50]))).toEqual([[1, 'ada', 100, 5]]);
  });

  test('every best pair is a run of its subject, and no run is better', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(arbitraryFacts, (facts) => {
        const board = foldBoard({ add: 'best', columns: pair }, facts);
        for (const { subject, score: best } of rankBoard(board)) {
          const own = [...(board.facts.get(subject)?.values() ?? [])].flatMap(({ values }) =>
            values === null ? [] : [[values['score'] ?? 0, values['second'] ?? 0] as const],
          );
          expect(own).toContainEqual(best);
          expect(own.filter(([a, b]) => a > (best[0] ?? 0) || (a === best[0] && b > (best[1] ?? 0)))).toEqual([]);
        }
      }),
    );
  });

  test('sum, average and the average of the best take the columns apart', () => {
    const facts = runs('ada', [100, 5], [90, 50], [10, 0]);
    expect(lines({ add: 'sum', columns: pair }, facts)).toEqual([[1, 'ada', 200, 55]]);
    expect(lines({ add: 'average', columns: pair }, facts)).toEqual([[1, 'ada', 67, 18]]);
    expect(lines({ add: { averageOfTop: 2 }, columns: pair }, facts)).toEqual([[1, 'ada', 95, 28]]);
    expect(lines({ add: { averageOfTop: 9 }, columns: pair }, facts)).toEqual([[1, 'ada', 67, 18]]);
  });

  test('latest is the run with the latest time, whichever came first', () => {
    const facts = runs('ada', [100, 5], [90, 50]).toReversed();
    expect(lines({ add: 'latest', columns: pair }, facts)).toEqual([[1, 'ada', 90, 50]]);
  });

  test('of two latest runs at one moment the better is taken, whatever their ids', () => {
    const both: BoardFact[] = [1, 2].map((score) => ({
      subject: 'ada',
      id: String(9 - score),
      at: 7,
      values: { score },
    }));
    expect(lines({ add: 'latest', columns: [{ id: 'score' }] }, both)).toEqual([[1, 'ada', 2]]);
  });

  test('count counts facts, and not those that were taken back', () => {
    const facts = [...runs('ada', [1], [2], [3]), { subject: 'ada', id: '2', revision: 1, values: null }];
    expect(lines({ add: 'count' }, facts)).toEqual([[1, 'ada', 2]]);
  });

  test('averages are ranked exactly and rounded only to be shown', () => {
    const facts = [...runs('ada', [1], [0], [0]), ...runs('ben', [1], [0], [0], [0])];
    const board = foldBoard({ add: 'average', columns: [score] }, facts);
    expect(rankBoard(board).map(({ rank, subject, exact }) => [rank, subject, exact])).toEqual([
      [1, 'ada', [{ numerator: 1n, denominator: 3n }]],
      [2, 'ben', [{ numerator: 1n, denominator: 4n }]],
    ]);
  });

  test.each([
    ['half-up', 3, -3],
    ['half-even', 2, -2],
    ['down', 2, -2],
  ] as const)('an average of 2.5 is shown %s as %i, one of -2.5 as %i', (rounding, up, down) => {
    const facts = [...runs('ada', [2], [3]), ...runs('ben', [-2], [-3])];
    expect(lines({ add: 'average', columns: [score] }, facts, { rounding })).toEqual([
      [1, 'ada', up],
      [2, 'ben', down],
    ]);
  });

  // By hand: 1000 · ½ + 1000 · ⅛ = 625.
  test('a value that decays by half a day is worth an eighth after three days', () => {
    const day = 86_400_000;
    const facts: BoardFact[] = [2, 4].map((at) => ({
      subject: 'ada',
      id: String(at),
      at: at * day,
      values: { score: 1000 },
    }));
    const rules: BoardRules = { add: { decay: { keep: [1, 2], every: day } }, columns: [score] };
    expect(lines(rules, facts, { asOf: 5 * day })).toEqual([[1, 'ada', 625]]);
    expect(lines(rules, facts, { asOf: 3 * day })).toEqual([[1, 'ada', 500]]);
    expect(() => lines(rules, facts)).toThrow(expect.objectContaining({ code: 'BOARD_INVALID' }));
    expect(() => lines(rules, facts, { asOf: 20_000 * day })).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
  });

  test.each(['add', 'tie'] as const)(
    'a decayed board is seen at asOf, and a fact of that day counted hours before it happened: %s',
    (what) => {
      const [hour, day] = [3_600_000, 86_400_000];
      const fact = (subject: string, at: number, score: number): BoardFact => ({
        subject,
        id: String(at),
        at,
        values: { score },
      });
      const facts = [
        fact('ada', 18 * hour, 1000),
        fact('ben', 0, 1000),
        fact('cleo', 0, 1000),
        fact('cleo', 50 * day, 7),
        fact('eve', 50 * day, 7),
      ];
      const decay = { decay: { keep: [1, 2], every: day } } as const;
      const rules: BoardRules = {
        add: what === 'add' ? decay : 'sum',
        columns: [score],
        ties: what === 'add' ? ['reached'] : [{ id: 'lately', add: decay, column: 'score' }, 'reached'],
      };
      const seen = (asOf: number) =>
        rankBoard(foldBoard(rules, facts), { asOf }).map(({ rank, subject, score, facts }) => [
          rank,
          subject,
          ...score,
          facts,
        ]);
      expect(seen(12 * hour)).toEqual([
        [1, 'ben', 1000, 1],
        [1, 'cleo', 1000, 1],
      ]);
      expect(seen(18 * hour)).toEqual([
        [1, 'ben', 1000, 1],
        [1, 'cleo', 1000, 1],
        [3, 'ada', 1000, 1],
      ]);
    },
  );

  test('decayed scores that differ far behind the point are ranked by it, and equal ones share a rank', () => {
    const facts: BoardFact[] = [
      ['ada', 1, 1],
      ['ben', 2, 1],
      ['cleo', 1, 2],
      ['dan', 1, -1],
      ['eve', 2, -1],
    ].map(([subject, at, score]) => ({
      subject: `${subject}`,
      id: '1',
      at: Number(at),
      values: { score: Number(score) },
    }));
    const rules: BoardRules = { add: { decay: { keep: [1, 2], every: 1 } }, columns: [score] };
    // A half to the power of 99 is below 2^-64.
    const ranks = rankBoard(foldBoard(rules, facts), { asOf: 101 }).map(({ rank, subject }) => [rank, subject]);
    expect(ranks).toEqual([
      [1, 'ben'],
      [1, 'cleo'],
      [3, 'ada'],
      [4, 'dan'],
      [5, 'eve'],
    ]);
  });

  test('a total that no number holds exactly is refused', () => {
    const facts = runs('ada', [Number.MAX_SAFE_INTEGER], [1]);
    expect(() => lines({ add: 'sum', columns: [score] }, facts)).toThrow(
      expect.objectContaining({ code: 'OUT_OF_RANGE' }),
    );
  });
});

describe('ranks and ties', () => {
  const facts = [...runs('ada', [90]), ...runs('ben', [100]), ...runs('cleo', [90]), ...runs('dan', [80])];

  test.each([
    ['1224', [1, 2, 2, 4]],
    ['1334', [1, 3, 3, 4]],
    ['1223', [1, 2, 2, 3]],
    ['fractional', [1, 2.5, 2.5, 4]],
  ] as const)('equals share a rank and stand in the order of their names: %s', (rank, ranks) => {
    const shown = lines({ add: 'sum', columns: [score], rank }, facts);
    expect(shown.map(([one]) => one)).toEqual(ranks);
    expect(shown.map(([, subject]) => subject)).toEqual(['ben', 'ada', 'cleo', 'dan']);
  });

  test('less is better in a column that says so', () => {
    const rules: BoardRules = { add: 'best', columns: [{ id: 'score', order: 'asc' }] };
    expect(lines(rules, runs('ada', [63], [61]).concat(runs('ben', [62])))).toEqual([
      [1, 'ada', 61],
      [2, 'ben', 62],
    ]);
  });

  test('a chain of tie-breaks decides first to last, and whoever reached a score earlier can be before', () => {
    const equal: BoardFact[] = [
      { subject: 'ada', id: '1', at: 5, values: { score: 10, second: 1 } },
      { subject: 'ben', id: '1', at: 3, values: { score: 10, second: 1 } },
      { subject: 'cleo', id: '1', at: 9, values: { score: 10, second: 2 } },
      { subject: 'ben', id: '2', at: 99, values: { score: 0, second: 0 } },
    ];
    const ties: BoardRules['ties'] = [{ id: 'goals', add: 'sum', column: 'second' }, 'reached'];
    const shown = rankBoard(foldBoard({ add: 'sum', columns: [score], ties }, equal));
    expect(shown.map(({ rank, subject, ties: by }) => [rank, subject, by])).toEqual([
      [1, 'cleo', { goals: 2, reached: 9 }],
      [2, 'ben', { goals: 1, reached: 3 }],
      [3, 'ada', { goals: 1, reached: 5 }],
    ]);
  });

  test('only what happened in the window counts: at its start, and not at its end', () => {
    const during = { start: 2, end: 3 };
    expect(lines({ add: 'sum', columns: [score] }, runs('ada', [1], [10], [100]), { during })).toEqual([
      [1, 'ada', 10],
    ]);
  });
});
