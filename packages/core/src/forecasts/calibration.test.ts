import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calibration, forecastEvents, sharpness } from './calibration.ts';
import { brierScore } from './proper-scores.ts';
import { seededRandom } from './seeded-random.ts';

const times = (count: number, probability: number, happened: number) =>
  Array.from({ length: count }, (_, i) => ({ probability, happened: i < happened }));

describe('calibration', () => {
  test('a probability on the lower bound of a bin lies in that bin: 0.29 of 100 bins was counted below it', () => {
    const of = (probability: number, bins: number) =>
      calibration([{ probability, happened: true }], { bins }).bins.map(({ from, to }) => [from, to]);
    expect(of(0.29, 100)).toEqual([[0.29, 0.3]]);
    for (let count = 1; count <= 1000; count++) {
      const low = Math.floor(count / 2) / count;
      expect(of(low, count)[0]?.[0]).toBe(low);
    }
  });

  test('by hand: ten events at 0.2, three of which happened, and ten at 0.8, eight of which did', () => {
    const { bins, ...sums } = calibration([...times(10, 0.2, 3), ...times(10, 0.8, 8)]);
    expect(bins).toEqual([
      { from: 0.2, to: 0.3, count: 10, probability: expect.closeTo(0.2), frequency: 0.3 },
      { from: 0.8, to: 0.9, count: 10, probability: expect.closeTo(0.8), frequency: 0.8 },
    ]);
    // base rate 0.55: reliability (0.01 + 0) / 2, resolution 0.25², uncertainty 0.55 x 0.45
    expect(sums.error).toBeCloseTo(0.05, 12);
    expect(sums.reliability).toBeCloseTo(0.005, 12);
    expect(sums.resolution).toBeCloseTo(0.0625, 12);
    expect(sums.uncertainty).toBeCloseTo(0.2475, 12);
    expect(sums.withinBins).toBeCloseTo(0, 12);
    expect(sums.brier).toBeCloseTo(0.19, 12);
  });

  test('puts 0 into the first bin and 1 into the last', () => {
    const { bins } = calibration(
      [
        { probability: 1, happened: true },
        { probability: 0, happened: false },
      ],
      { bins: 2 },
    );
    expect(bins.map(({ from, to, count }) => [from, to, count])).toEqual([
      [0, 0.5, 1],
      [0.5, 1, 1],
    ]);
  });

  const events = fc.array(
    fc.record({ probability: fc.double({ min: 0, max: 1, noNaN: true }), happened: fc.boolean() }),
    { minLength: 1, maxLength: 60 },
  );

  test('its parts add up to the Brier score, for any number of bins', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 30 }), (list, bins) => {
        const { brier, reliability, resolution, uncertainty, withinBins, bins: found } = calibration(list, { bins });
        expect(reliability - resolution + uncertainty + withinBins).toBeCloseTo(brier, 10);
        expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(list.length);
      }),
    );
  });

  test('finds events that happen as often as said calibrated, and others not', () => {
    const random = seededRandom(7);
    const said = Array.from({ length: 20_000 }, () => random());
    const honest = said.map((probability) => ({ probability, happened: random() < probability }));
    const bold = said.map((probability) => ({ probability, happened: random() < 0.25 + probability / 2 }));
    expect(calibration(honest).error).toBeLessThan(0.02);
    expect(calibration(bold).error).toBeGreaterThan(0.1);
  });

  test('sees each outcome of a forecast as an event; the Brier score is their sum', () => {
    const forecast = [0.6, 0.25, 0.15];
    const list = forecastEvents([{ forecast, outcome: 1 }]);
    expect(list).toEqual([
      { probability: 0.6, happened: false },
      { probability: 0.25, happened: true },
      { probability: 0.15, happened: false },
    ]);
    expect(3 * calibration(list).brier).toBeCloseTo(brierScore(forecast, 1), 12);
  });

  test('refuses no events, no bins and no probabilities', () => {
    expect(() => calibration([])).toThrow('Calibration needs an event, got none');
    expect(() => calibration(times(1, 0.5, 1), { bins: 0 })).toThrow('The number of bins is from 1 to 1000, got 0');
    expect(() => calibration(times(1, 2, 1))).toThrow('The probability of event 0 is from 0 to 1, got 2');
  });
});

describe('sharpness', () => {
  test('is 0 for equal probabilities, 1 for certainty, and the mean of several forecasts', () => {
    expect(sharpness([[0.25, 0.25, 0.25, 0.25]])).toBeCloseTo(0, 12);
    expect(sharpness([[0, 1, 0]])).toBe(1);
    expect(
      sharpness([
        [0.5, 0.5],
        [1, 0],
      ]),
    ).toBeCloseTo(0.5, 12);
    // 1 - H(0.9) with H the binary entropy 0.46900 bits (Cover and Thomas, Elements of information theory)
    expect(sharpness([[0.9, 0.1]])).toBeCloseTo(1 - 0.469, 4);
    expect(() => sharpness([])).toThrow('Sharpness needs a forecast, got none');
  });
});
