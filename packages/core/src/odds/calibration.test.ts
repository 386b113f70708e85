import fc from 'fast-check';
import { expect, test } from 'vitest';
import { calibration, calibrationBy } from './calibration.ts';

// Proper scoring goldens of the research notes.
test.each([
  [[0.6, 0.25, 0.15], 0, 0.51082562, 0.245],
  [[0.6, 0.25, 0.15], 1, 1.38629436, 0.945],
  [[0.6, 0.25, 0.15], 2, 1.89711998, 1.145],
  [[0.35, 0.3, 0.35], 1, 1.2039728, 0.735],
  [[0.8, 0.1, 0.1], 0, 0.22314355, 0.06],
])('scores %j and outcome %i', (probabilities, outcome, logLoss, brier) => {
  const scores = calibration([{ probabilities, outcome }]);
  expect(scores.logLoss).toBeCloseTo(logLoss, 7);
  expect(scores.brier).toBeCloseTo(brier, 10);
});

test('an outcome that was given 0 and happened costs everything', () => {
  expect(calibration([{ probabilities: [1, 0], outcome: 1 }]).logLoss).toBe(Number.POSITIVE_INFINITY);
});

test('bins what was said and what happened: 7 of 10 at 70 % is calibrated', () => {
  const records = Array.from({ length: 10 }, (_, i) => ({ probabilities: [0.7, 0.3], outcome: i < 7 ? 0 : 1 }));
  const { bins, calibrationError } = calibration(records);
  expect(bins.map(({ count, predicted, observed }) => [count, Number(predicted.toFixed(9)), observed])).toEqual([
    [10, 0.3, 0.3],
    [10, 0.7, 0.7],
  ]);
  expect(calibrationError).toBeCloseTo(0, 12);
  // Wilson interval of 7 of 10: 0.3968 to 0.8922 (Wilson 1927; any statistics package prints it).
  expect([bins[1]?.low.toFixed(4), bins[1]?.high.toFixed(4)]).toEqual(['0.3968', '0.8922']);
});

test('every probability is in one bin, and the truth in its own interval', () => {
  const record = fc
    .integer({ min: 0, max: 100 })
    .map((p) => ({ probabilities: [p / 100, 1 - p / 100], outcome: p >= 50 ? 0 : 1 }));
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 50 }),
      fc.integer({ min: 1, max: 20 }),
      (records, count) => {
        const { bins } = calibration(records, { bins: count });
        expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(records.length * 2);
        for (const bin of bins) {
          expect(bin.low).toBeLessThanOrEqual(bin.observed + 1e-12);
          expect(bin.high).toBeGreaterThanOrEqual(bin.observed - 1e-12);
        }
      },
    ),
  );
});

test('groups by book, method or market', () => {
  const of = (book: string, outcome: number) => ({ book, probabilities: [0.6, 0.4], outcome });
  const groups = calibrationBy([of('a', 0), of('b', 1), of('a', 0)], { by: ({ book }) => book });
  expect([...groups].map(([book, { count }]) => [book, count])).toEqual([
    ['a', 2],
    ['b', 1],
  ]);
});

test.each([
  [{ probabilities: [0.5, 0.4], outcome: 0 }, 'The probabilities of event 1 must sum to 1, got 0.9'],
  [{ probabilities: [0.5, 0.5], outcome: 2 }, 'Event 1 has no outcome 2, only 0 to 1'],
  [{ probabilities: [1.5, -0.5], outcome: 0 }, 'A probability must be from 0 to 1, got 1.5 for event 1'],
])('refuses %j', (record, message) => {
  expect(() => calibration([record])).toThrow(message);
});

test('has nothing to say of nothing', () => {
  expect(calibration([])).toMatchObject({ count: 0, logLoss: Number.NaN, bins: [] });
});
