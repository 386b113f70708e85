import { seededRandom } from '@scorekeep/core/forecasts';
import { describe, expect, test } from 'vitest';
import { normal } from './normal.ts';
import { fitScalability, type ThroughputSample } from './scalability.ts';
import { fitCurve, throughput } from './scalability-curve.ts';

const samplesOf = (
  curve: { lambda: number; sigma: number; kappa: number },
  noise: number,
  seed = 1,
): ThroughputSample[] => {
  const random = seededRandom(seed);
  return [1, 2, 3, 4, 6, 8, 12, 16].flatMap((workers) =>
    [1, 2, 3, 4].map(() => ({ workers, perSecond: throughput(curve, workers) * Math.exp(noise * normal(random)) })),
  );
};

describe('the curve', { timeout: 60_000 }, () => {
  test.each([
    { lambda: 1000, sigma: 0, kappa: 0 },
    { lambda: 90, sigma: 0.05, kappa: 0.001 },
    { lambda: 5700, sigma: 0.27, kappa: 0 },
    { lambda: 1, sigma: 0.6, kappa: 0.02 },
  ])('is found again from samples without noise: $lambda, $sigma, $kappa', (curve) => {
    const found = fitCurve(samplesOf(curve, 0));
    for (const workers of [1, 4, 16, 32]) {
      expect(Math.abs(throughput(found, workers) / throughput(curve, workers) - 1)).toBeLessThan(0.01);
    }
  });

  // Throughput of a SPARCcenter 2000 in SPEC SDM91, the example of the R package usl, whose least squares give alpha 0.0277,
  // beta 0.000104. Absolute distances of logarithms weigh the samples otherwise, so that only the neighbourhood is the same.
  test('of SPEC SDM91 is near that of the R package usl', () => {
    const specsdm91 = [
      [1, 64.9],
      [18, 995.9],
      [36, 1652.4],
      [72, 1853.2],
      [108, 1828.9],
      [144, 1775],
      [216, 1702.2],
    ].map(([workers = 0, perSecond = 0]) => ({ workers, perSecond }));
    const { sigma, kappa } = fitCurve(specsdm91);
    expect(sigma).toBeGreaterThan(0.01);
    expect(sigma).toBeLessThan(0.05);
    expect(kappa / 0.000104).toBeGreaterThan(0.6);
    expect(kappa / 0.000104).toBeLessThan(1.5);
    const peak = Math.sqrt((1 - sigma) / kappa);
    expect(peak).toBeGreaterThan(80);
    expect(peak).toBeLessThan(120);
  });

  test('is not bent by an outlier', () => {
    const curve = { lambda: 1000, sigma: 0.05, kappa: 0.001 };
    const samples = samplesOf(curve, 0.03).map((sample, i) =>
      i === 30 ? { ...sample, perSecond: sample.perSecond / 3 } : sample,
    );
    const { at, sigma } = fitScalability(samples, { random: seededRandom(3), resamples: 20 });
    expect(at(16).estimate / throughput(curve, 16)).toBeCloseTo(1, 1);
    expect(sigma.estimate).toBeLessThan(0.12);
  });
});

describe('its intervals', () => {
  const curve = { lambda: 1000, sigma: 0.1, kappa: 0.001 };
  const fitted = fitScalability(samplesOf(curve, 0.1), { random: seededRandom(1), resamples: 60 });

  test('hold the truth where it was measured, and widen beyond', () => {
    const [inside, beyond] = [fitted.at(8), fitted.at(32)];
    expect(inside.extrapolated).toBe(false);
    expect(inside.low).toBeLessThan(throughput(curve, 8));
    expect(inside.high).toBeGreaterThan(throughput(curve, 8));
    expect(beyond.extrapolated).toBe(true);
    expect((beyond.high - beyond.low) / beyond.estimate).toBeGreaterThan((inside.high - inside.low) / inside.estimate);
    expect(fitted.deviation).toBeGreaterThan(0.03);
    expect(fitted.deviation).toBeLessThan(0.15);
  });

  test('say that kappa is not known from 16 workers: 0 is in the interval', () => {
    expect(fitted.kappa.low).toBeLessThan(fitted.kappa.high);
    expect(fitted.kappa.low).toBeLessThan(0.001);
    expect(fitted.kappa.high).toBeGreaterThan(0.001);
  });

  test('end at twice the workers that were measured', () => {
    expect(() => fitted.at(33)).toThrow(/1 to 32 workers, twice the 16 that were measured, got 33/);
    expect(() => fitted.at(0)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});

describe('what says nothing is refused', () => {
  const random = seededRandom(1);
  const flat = (numbers: readonly number[], samples: number) =>
    numbers.flatMap((workers) => Array.from({ length: samples }, () => ({ workers, perSecond: 100 * workers })));
  test('four numbers of workers, or two samples of one', () => {
    const few = expect.objectContaining({ code: 'TOO_FEW_MEASUREMENTS' });
    expect(() => fitScalability(flat([1, 2, 3, 4], 5), { random })).toThrow(few);
    expect(() => fitScalability([...flat([1, 2, 3, 4], 3), ...flat([6], 2)], { random })).toThrow(few);
    expect(() => fitScalability([], { random })).toThrow(few);
  });
  test('a run whose backlog emptied', () => {
    const samples = [...flat([1, 2, 3, 4, 6], 3), { workers: 8, perSecond: 0 }];
    expect(() => fitScalability(samples, { random })).toThrow(/more than 0 per second, got 8 and 0/);
  });
});
