import { seededRandom } from '@scorekeep/core/forecasts';
import { describe, expect, test } from 'vitest';
import { fitScalability } from '../statistics/scalability.ts';
import { throughput } from '../statistics/scalability-curve.ts';
import { plan, plannedRate } from './plan.ts';
import { planTable, planText } from './plan-table.ts';
import { batchCost, batchSize, poolSize } from './sizing.ts';

/** A machine whose workers do not hinder each other: 1000 a second each, measured up to 8. */
const linear = fitScalability(
  [1, 2, 4, 6, 8].flatMap((workers) => [1, 2, 3].map(() => ({ workers, perSecond: 1000 * workers }))),
  { random: seededRandom(1), resamples: 20 },
);

describe('the fewest workers', { timeout: 60_000 }, () => {
  test('by hand: 5 million within 4 hours are 347.2 a second, one worker at 80 % of 1000', () => {
    const planned = plan(linear, { items: 5e6, withinSeconds: 4 * 3600 });
    expect(planned).toMatchObject({ ok: true, workers: 1, neededPerSecond: expect.closeTo(347.22, 2) });
  });

  test("with the guide's 60 ms for each item: a worker then does 16.4 a second, and 4 hours are too short", () => {
    expect(plannedRate(linear, 1, { handlerMs: 60 }).estimate).toBeCloseTo(1 / (0.001 + 0.06), 6);
    expect(plan(linear, { items: 5e6, withinSeconds: 4 * 3600, handlerMs: 60 })).toMatchObject({
      ok: false,
      best: { workers: 16 },
    });
    // 347.2 / 0.8 / (1 / (0.001 + 0.06 / 8)) = 3.7
    expect(plan(linear, { items: 5e6, withinSeconds: 4 * 3600, handlerMs: 60, concurrency: 8 })).toMatchObject({
      ok: true,
      workers: 4,
    });
  });

  test('are planned with 80 % of the capacity, and with what the interval is sure of', () => {
    expect(plan(linear, { items: 3199, withinSeconds: 1 })).toMatchObject({ ok: true, workers: 4 });
    expect(plan(linear, { items: 3201, withinSeconds: 1 })).toMatchObject({ ok: true, workers: 5 });
    expect(plan(linear, { items: 3201, withinSeconds: 1, utilisation: 1 })).toMatchObject({ ok: true, workers: 4 });
    const curve = { lambda: 1000, sigma: 0.1, kappa: 0 };
    const random = seededRandom(2);
    const noisy = fitScalability(
      [1, 2, 4, 6, 8].flatMap((workers) =>
        [1, 2, 3].map(() => ({ workers, perSecond: throughput(curve, workers) * (0.8 + 0.4 * random()) })),
      ),
      { random, resamples: 20 },
    );
    const planned = plan(noisy, { items: 2000, withinSeconds: 1 });
    expect(planned.ok && planned.rate.low * 0.8 >= 2000 && planned.rate.low < planned.rate.estimate).toBe(true);
  });

  test('end at twice what was measured, and are marked beyond it', () => {
    expect(plan(linear, { items: 10_000, withinSeconds: 1 })).toMatchObject({
      ok: true,
      workers: 13,
      rate: { extrapolated: true },
    });
    expect(plan(linear, { items: 20_000, withinSeconds: 1 })).toMatchObject({ ok: false, best: { workers: 16 } });
  });

  test.each([
    { items: 0 },
    { withinSeconds: -1 },
    { handlerMs: -1 },
    { concurrency: 0 },
    { utilisation: 1.1 },
    { items: Number.NaN },
  ])('%j is refused', (wrong) => {
    expect(() => plan(linear, { items: 1, withinSeconds: 1, ...wrong })).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    );
  });
});

test("the guides' table, measured and extrapolated apart, without workers that nothing supports", () => {
  const cells = planTable(linear);
  expect(cells.map(({ items, workers, extrapolated }) => [items, workers, extrapolated])).toEqual(
    [50_000, 500_000, 5_000_000].flatMap((items) => [
      [items, 3, false],
      [items, 5, false],
      [items, 10, true],
    ]),
  );
  expect(cells[0]?.estimate).toBeCloseTo(50_000 / 3000, 6);
  expect(planText(cells).split('\n')).toEqual([
    'items      3 workers                     5 workers                     10 workers',
    '50,000     17 s [17 s to 17 s]           10 s [10 s to 10 s]           5 s [5 s to 5 s]*',
    '500,000    2.8 min [2.8 min to 2.8 min]  1.7 min [1.7 min to 1.7 min]  50 s [50 s to 50 s]*',
    '5,000,000  28 min [28 min to 28 min]     17 min [17 min to 17 min]     8.3 min [8.3 min to 8.3 min]*',
    '* extrapolated: more workers than were measured',
    '',
  ]);
});

describe('sizes', () => {
  test('a pool: 4 workers with 5 items each that are in the database half of their time, and two more', () => {
    expect(poolSize(4, 5, 0.5)).toBe(12);
    expect(() => poolSize(0, 5, 0.5)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    expect(() => poolSize(1, 1, 1.5)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });

  test('batches: 10 ms and 0.1 ms an item are found again, and 1900 items make the 10 ms a twentieth', () => {
    const cost = batchCost([10, 100, 1000].map((items) => ({ items, ms: 10 + 0.1 * items })));
    expect(cost.fixedMs).toBeCloseTo(10, 6);
    expect(cost.perItemMs).toBeCloseTo(0.1, 6);
    expect(batchSize({ fixedMs: 10, perItemMs: 0.1 }, 60_000)).toBe(1900);
    expect(batchSize({ fixedMs: 10, perItemMs: 0.1 }, 1000)).toBe(900);
    expect(batchSize({ fixedMs: 10, perItemMs: 0.1 }, 10)).toBe(1);
    expect(() => batchCost([{ items: 1, ms: 1 }])).toThrow(expect.objectContaining({ code: 'TOO_FEW_MEASUREMENTS' }));
  });
});
