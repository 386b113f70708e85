import { expect, test } from 'vitest';
import { fairOdds } from './fair-odds.ts';
import { trackRecords } from './track-records.ts';

const of = (book: string, outcome: number) => ({ book, probabilities: [0.6, 0.25, 0.15], outcome });

// Proper scoring goldens of the research notes: log loss .51082562 and 1.38629436, Brier .245 and .945.
test('scores each book by itself, in the order of their first market', () => {
  const records = trackRecords([of('a', 0), of('b', 1), of('a', 1)], { by: ({ book }) => book });
  const shown = [...records].map(([book, { count, logLoss, brier }]) => [
    book,
    count,
    logLoss.toFixed(6),
    brier.toFixed(6),
  ]);
  expect(shown).toEqual([
    ['a', 2, ((0.51082562 + 1.38629436) / 2).toFixed(6), '0.595000'],
    ['b', 1, '1.386294', '0.945000'],
  ]);
});

test('counts every outcome of every market in the calibration', () => {
  const list = Array.from({ length: 10 }, (_, i) => ({ probabilities: [0.7, 0.3], outcome: i < 7 ? 0 : 1 }));
  const calibration = trackRecords(list, { by: () => 'all' }).get('all')?.calibration;
  expect(calibration?.bins.map(({ count, frequency }) => [count, frequency])).toEqual([
    [10, 0.3],
    [10, 0.7],
  ]);
  expect(calibration?.error).toBeCloseTo(0, 12);
});

test('takes what fairOdds gives, margin methods side by side', () => {
  const records = (['multiplicative', 'power'] as const).map((method) => ({
    method,
    probabilities: fairOdds([1.19, 7, 14], { method }).probabilities,
    outcome: 0,
  }));
  const scores = trackRecords(records, { by: ({ method }) => method });
  expect(scores.get('power')?.logLoss).toBeLessThan(scores.get('multiplicative')?.logLoss ?? 0);
});

test('refuses probabilities that do not sum to 1', () => {
  expect(() => trackRecords([{ probabilities: [0.5, 0.4], outcome: 0 }], { by: () => '' })).toThrow('0.9');
});

test('has nothing to say of nothing', () => {
  expect(trackRecords([], { by: () => '' }).size).toBe(0);
});
