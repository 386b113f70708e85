import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Forecast } from './forecast.ts';
import { brierScore, halfBrierScore, logScore, rankedProbabilityScore, sphericalScore } from './proper-scores.ts';

const [H, D, A] = [0, 1, 2];
const third = 1 / 3;

describe('proper scores', () => {
  // Computed with 30 digits; RPS of rows 1, 4, 5 and 6 as published in the penaltyblog documentation.
  test.each([
    [[0.6, 0.25, 0.15], H, 0.09125, 0.245, 0.51082562, 0.73696559, 0.89943803],
    [[0.6, 0.25, 0.15], D, 0.19125, 0.945, 1.38629436, 2.0, 0.37476584],
    [[0.6, 0.25, 0.15], A, 0.54125, 1.145, 1.89711998, 2.73696559, 0.22485951],
    [[0.5, 0.25, 0.25], H, 0.15625, 0.375, Math.LN2, 1, 0.81649658],
    [[0.35, 0.3, 0.35], D, 0.1225, 0.735, 1.2039728, 1.73696559, 0.51832106],
    [[0.8, 0.1, 0.1], H, 0.025, 0.06, 0.22314355, 0.32192809, 0.98473193],
    [[third, third, third], H, 0.27777778, 0.66666667, 1.09861229, 1.5849625, 0.57735027],
    [[third, third, third], D, 0.11111111, 0.66666667, 1.09861229, 1.5849625, 0.57735027],
  ])('of %j when %i happens: RPS %f, Brier %f, log %f nats, %f bits, spherical %f', (forecast, outcome, ...scores) => {
    const [rps, brier, nats, bits, spherical] = scores;
    expect(rankedProbabilityScore(forecast, outcome)).toBeCloseTo(rps, 8);
    expect(brierScore(forecast, outcome)).toBeCloseTo(brier, 8);
    expect(logScore(forecast, outcome)).toBeCloseTo(nats, 8);
    expect(logScore(forecast, outcome, 'bits')).toBeCloseTo(bits, 8);
    expect(sphericalScore(forecast, outcome)).toBeCloseTo(spherical, 8);
  });

  test('of certainty are exact at both ends', () => {
    const scores = (outcome: number) =>
      [rankedProbabilityScore, brierScore, halfBrierScore, logScore, sphericalScore].map((score) =>
        score([1, 0, 0], outcome),
      );
    expect(scores(H)).toEqual([0, 0, 0, 0, 1]);
    expect(scores(A)).toEqual([1, 2, 1, Number.POSITIVE_INFINITY, 0]);
  });

  test('RPS of the ten matches of Constantinou and Fenton 2012 has the published mean 0.08937', () => {
    // Their Table 2, as computed by the penaltyblog documentation: 0, .005, .025, .15625, .1225, .185, .09125, .11125, .09745, .1
    const published: readonly (readonly [Forecast, number, number])[] = [
      [[1, 0, 0], H, 0],
      [[0.9, 0.1, 0], H, 0.005],
      [[0.8, 0.1, 0.1], H, 0.025],
      [[0.5, 0.25, 0.25], H, 0.15625],
      [[0.35, 0.3, 0.35], D, 0.1225],
      [[0.6, 0.3, 0.1], D, 0.185],
      [[0.6, 0.25, 0.15], H, 0.09125],
      [[0.6, 0.15, 0.25], H, 0.11125],
      [[0.57, 0.33, 0.1], H, 0.09745],
      [[0.6, 0.2, 0.2], H, 0.1],
    ];
    for (const [forecast, outcome, rps] of published)
      expect(rankedProbabilityScore(forecast, outcome)).toBeCloseTo(rps, 12);
    const mean =
      published.reduce((sum, [forecast, outcome]) => sum + rankedProbabilityScore(forecast, outcome), 0) / 10;
    expect(mean).toBeCloseTo(0.08937, 12);
  });

  test('the half Brier score of a yes-or-no event is (p - o)²', () => {
    expect(halfBrierScore([0.7, 0.3], 0)).toBeCloseTo(0.09, 12);
    expect(brierScore([0.7, 0.3], 0)).toBeCloseTo(0.18, 12);
  });

  test('RPS alone sees that a draw is nearer to a home win than an away win is', () => {
    expect(rankedProbabilityScore([0.6, 0.3, 0.1], H)).toBeLessThan(rankedProbabilityScore([0.6, 0.1, 0.3], H));
    expect(brierScore([0.6, 0.3, 0.1], H)).toBeCloseTo(brierScore([0.6, 0.1, 0.3], H), 12);
  });
});

describe('laws', () => {
  const forecast = fc
    .array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 6 })
    .map((weights) => weights.map((weight) => weight / weights.reduce((sum, one) => sum + one, 0)));
  const losses: readonly ((forecast: Forecast, outcome: number) => number)[] = [
    brierScore,
    halfBrierScore,
    logScore,
    rankedProbabilityScore,
    (of, outcome) => -sphericalScore(of, outcome),
  ];

  test('nobody expects a better score from saying anything but what they believe (propriety)', () => {
    const two = forecast.chain((belief) =>
      fc.tuple(
        fc.constant(belief),
        fc
          .array(fc.integer({ min: 1, max: 1000 }), { minLength: belief.length, maxLength: belief.length })
          .map((weights) => weights.map((weight) => weight / weights.reduce((sum, one) => sum + one, 0))),
      ),
    );
    fc.assert(
      fc.property(two, ([belief, said]) => {
        for (const loss of losses) {
          const expected = (stated: Forecast) => belief.reduce((sum, p, outcome) => sum + p * loss(stated, outcome), 0);
          expect(expected(belief)).toBeLessThanOrEqual(expected(said) + 1e-12);
        }
      }),
    );
  });

  test('scores stay within their bounds', () => {
    fc.assert(
      fc.property(forecast, fc.nat({ max: 5 }), (of, at) => {
        const outcome = at % of.length;
        const within = (score: number, most: number) => expect(score >= 0 && score <= most + 1e-12).toBe(true);
        within(brierScore(of, outcome), 2);
        within(rankedProbabilityScore(of, outcome), 1);
        within(sphericalScore(of, outcome), 1);
        within(logScore(of, outcome), Number.POSITIVE_INFINITY);
      }),
    );
  });

  test('with two outcomes RPS is the half Brier score', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 1 }), (p, outcome) => {
        expect(rankedProbabilityScore([p, 1 - p], outcome)).toBeCloseTo(halfBrierScore([p, 1 - p], outcome), 12);
      }),
    );
  });
});

describe('refused', () => {
  test.each([
    [[0.5, 0.6], 0, 'INVALID_FORECAST', 'Probabilities add up to 1, got 1.1 from 0.5, 0.6'],
    [[1.5, -0.5], 0, 'INVALID_FORECAST', 'Probabilities are from 0 to 1, got 1.5 for outcome 0'],
    [[Number.NaN, 1], 0, 'INVALID_FORECAST', 'Probabilities are from 0 to 1, got NaN for outcome 0'],
    [[1], 0, 'INVALID_FORECAST', 'A forecast has 2 to 1000 outcomes, got 1'],
    [
      Array.from({ length: 1001 }, () => 1 / 1001),
      0,
      'INVALID_FORECAST',
      'A forecast has 2 to 1000 outcomes, got 1001',
    ],
    [[0.5, 0.5], 2, 'INVALID_OUTCOME', 'Outcomes of this forecast are 0 to 1, got 2'],
    [[0.5, 0.5], -1, 'INVALID_OUTCOME', 'Outcomes of this forecast are 0 to 1, got -1'],
    [[0.5, 0.5], 0.5, 'INVALID_OUTCOME', 'Outcomes of this forecast are 0 to 1, got 0.5'],
  ])('%j with outcome %f: %s', (forecast, outcome, code, message) => {
    for (const score of [brierScore, halfBrierScore, logScore, rankedProbabilityScore, sphericalScore])
      expect(() => score(forecast, outcome)).toThrow(expect.objectContaining({ code, message }));
  });

  test.each(['["0.5", "0.5"]', '[null, 1]', '[true, 0]'])(
    '%s from JSON, whose values only look like numbers',
    (json) => {
      expect(() => brierScore(JSON.parse(json), 1)).toThrow(expect.objectContaining({ code: 'INVALID_FORECAST' }));
    },
  );
});
