import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { baselineScore, peerScores, quadraticPoints } from './forecast-points.ts';

describe('quadratic points', () => {
  // Table of the FiveThirtyEight NFL forecasting game, which shows one decimal.
  test.each([
    [0.5, 0, 0],
    [0.6, 9, -11],
    [0.76, 19.24, -32.76],
    [0.91, 24.19, -57.81],
    [1, 25, -75],
  ])('of %f are %f if it happens and %f if not', (probability, right, wrong) => {
    expect(quadraticPoints(probability, true)).toBeCloseTo(right, 10);
    expect(quadraticPoints(probability, false)).toBeCloseTo(wrong, 10);
    expect(quadraticPoints(1 - probability, false)).toBeCloseTo(right, 10);
  });
});

describe('baseline score', () => {
  // Expectations of Metaculus' own tests of its scoring.
  test.each([
    [0.9, 84.79969066],
    [0.1, -232.19280949],
    [2 ** -0.5, 50],
    [0.5, 0],
    [1, 100],
  ])('of %f for what happened is %f', (probability, expected) => {
    expect(baselineScore([probability, 1 - probability], 0)).toBeCloseTo(expected, 7);
    expect(baselineScore([probability, 1 - probability], 0, 0.5)).toBeCloseTo(expected / 2, 7);
  });

  test('of equal probabilities is 0 for any number of outcomes, and of the impossible minus infinity', () => {
    for (const n of [2, 3, 7])
      expect(
        baselineScore(
          Array.from({ length: n }, () => 1 / n),
          1,
        ),
      ).toBeCloseTo(0, 10);
    expect(baselineScore([1, 0], 1)).toBe(Number.NEGATIVE_INFINITY);
    expect(baselineScore([1, 0], 1, 0)).toBe(0);
  });
});

describe('peer scores', () => {
  test('compare with the geometric mean of all', () => {
    // The geometric mean of .7, .8, .9 is .79581144 (Metaculus' tests).
    const scores = [0.7, 0.8, 0.9].map((p) => 150 * Math.log(p / 0.79581144));
    peerScores([0.7, 0.8, 0.9]).forEach((score, i) => {
      expect(score).toBeCloseTo(scores[i] ?? Number.NaN, 5);
    });
  });

  test('are 0 for who is alone', () => {
    expect(peerScores([0.3])).toEqual([0]);
    expect(peerScores([])).toEqual([]);
  });

  const probability = fc.double({ min: 1e-6, max: 1, noNaN: true });

  test('add up to 0, and are the mean lead in log score over each of the others', () => {
    fc.assert(
      fc.property(fc.array(probability, { minLength: 2, maxLength: 20 }), (all) => {
        const scores = peerScores(all);
        expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(0, 6);
        const [mine = 0, ...others] = all;
        const lead = others.reduce((sum, other) => sum + Math.log(mine / other), 0) / others.length;
        expect(scores[0]).toBeCloseTo(100 * lead, 6);
      }),
    );
  });

  test('refuse a 0, naming who said it', () => {
    expect(() => peerScores([0.5, 0])).toThrow('Peer scores need probabilities above 0, got 0 from forecaster 1');
    expect(() => peerScores([1.5])).toThrow('The probability of forecaster 0 is from 0 to 1, got 1.5');
  });
});

test('probabilities and coverage outside 0 to 1 are refused', () => {
  for (const value of [-0.1, 1.1, Number.NaN]) {
    const error = expect.objectContaining({ code: 'INVALID_PROBABILITY', value });
    expect(() => quadraticPoints(value, true)).toThrow(error);
    expect(() => baselineScore([0.5, 0.5], 0, value)).toThrow(error);
  }
});
