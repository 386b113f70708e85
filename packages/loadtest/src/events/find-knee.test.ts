import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findKnee } from './find-knee.ts';

/** A service that keeps every rate up to its knee, and a generator that keeps up to its own limit. */
const service =
  (knee: number, generator = Number.POSITIVE_INFINITY) =>
  async (rate: number) => ({
    samples: 1,
    windows: { 'latency.p95_ms': [rate <= knee ? 10 : 5000], 'processed.share': [1] },
    ...(rate > generator ? { disturbed: ['it lagged'] } : {}),
  });

test('the knee lies between what was kept and what was missed, and each refinement halves that', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 10, max: 20_000 }), fc.integer({ min: 0, max: 6 }), async (knee, refine) => {
      const { kept, missed = 0 } = await findKnee({ from: 10, p95Ms: 500, refine, measure: service(knee) });
      expect(kept).toBeLessThanOrEqual(knee);
      expect(missed).toBeGreaterThan(knee);
      expect(missed - kept).toBeLessThanOrEqual(Math.max(1, kept / 2 ** refine + 1));
    }),
  );
});

test('a generator that gives up first leaves the knee unknown', async () => {
  const found = await findKnee({ from: 10, p95Ms: 500, refine: 3, measure: service(1000, 100) });
  expect(found).toMatchObject({ kept: 80, missed: undefined });
  expect(found.points.at(-1)).toMatchObject({ rate: 160, outcome: 'invalid' });
});

test('a service that keeps nothing has a knee of 0 or below the first rate', async () => {
  expect(await findKnee({ from: 10, p95Ms: 500, refine: 0, measure: service(1) })).toMatchObject({
    kept: 0,
    missed: 10,
  });
});
