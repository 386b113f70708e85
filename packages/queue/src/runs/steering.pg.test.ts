import { describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import { contest, createContest, FLAWLESS, judge, onDatabase } from '../testing/contest.ts';

async function withContest(
  work: (keep: Keep, url: string) => Promise<void>,
  options: { batchSize?: number } = {},
): Promise<void> {
  const { url } = await testDatabase();
  await createContest(url, { players: 40, fixtures: 25 });
  const keep = await connect({ url, ...options });
  try {
    await work(keep, url);
  } finally {
    await keep.stop();
  }
}

describe('a run', () => {
  test('that is paused does nothing until it is resumed, then ends as if nothing had been', async () => {
    await withContest(
      async (keep, url) => {
        const { points, overall } = contest();
        const run = await keep.run(points);
        expect(await keep.pause(run)).toBe(true);
        expect(await keep.pause(run)).toBe(false);
        await keep.start({ projections: [points], boards: [overall] });
        // Another run of the same projection is served meanwhile: the worker is alive.
        const { rows } = await onDatabase(url, (client) => client.query(`select md5('fixture 1')::uuid::text as id`));
        await keep.finished(await keep.run(points, { where: { fixture_ref: rows[0].id } }));
        expect(await keep.runStatus(run)).toMatchObject({ state: 'paused', scored: 0, estimatedEnd: null });
        expect(await keep.resume(run)).toBe(true);
        expect(await keep.finished(run)).toMatchObject({ state: 'finished', scored: 960 });
        expect(await keep.resume(run)).toBe(false);
        expect(await judge(url)).toEqual(FLAWLESS);
      },
      { batchSize: 100 },
    );
  });

  test('that is cancelled leaves its items unscored, and the next run scores them', async () => {
    await withContest(async (keep, url) => {
      const { points, overall } = contest();
      const run = await keep.run(points);
      expect(await keep.cancel(run)).toBe(true);
      expect(await keep.cancel(run)).toBe(false);
      expect(await keep.finished(run)).toMatchObject({ state: 'cancelled', scored: 0, openSlices: 0 });
      await keep.start({ projections: [points], boards: [overall] });
      const next = await keep.run(points);
      expect(next).toMatchObject({ created: true });
      expect((await keep.finished(next)).scored).toBe(1000);
      expect(await judge(url)).toEqual(FLAWLESS);
    });
  });

  test('under way gives its projection a rate and an estimated end', async () => {
    await withContest(
      async (keep, url) => {
        const { points } = contest();
        await keep.run(points);
        expect(await keep.status(points)).toMatchObject({ perSecond: 0, estimatedEnd: null });
        // One slice of ten looks scored: what a run looks like on its way.
        await onDatabase(url, (client) =>
          client.query(`update scorekeep.slice set scored = 100, done_at = now() where id = (select min(id::text)::uuid from scorekeep.slice);
            update scorekeep.run set started_at = now() - interval '1 second'`),
        );
        const { perSecond, estimatedEnd, queueDepth } = await keep.status(points);
        expect(queueDepth).toBeGreaterThan(0);
        expect(perSecond).toBeGreaterThan(0);
        expect(estimatedEnd).toBeInstanceOf(Date);
      },
      { batchSize: 100 },
    );
  });

  test('with a higher priority is handed out first', async () => {
    await withContest(
      async (keep, url) => {
        const { points, overall } = contest();
        const { rows } = await onDatabase(url, (client) => client.query(`select md5('fixture 1')::uuid::text as id`));
        const slow = await keep.run(points);
        const urgent = await keep.run(points, { where: { fixture_ref: rows[0].id }, priority: 5 });
        await keep.start({ projections: [points], boards: [overall] });
        await Promise.all([keep.finished(urgent), keep.finished(slow)]);
        const { rows: before } = await onDatabase(url, (client) =>
          client.query(
            'select count(*)::int as slices from scorekeep.slice where run = $1 and done_at < (select done_at from scorekeep.slice where run = $2)',
            [slow.id, urgent.id],
          ),
        );
        // A fetch takes two: the urgent slice and one other, in either order.
        expect(before[0].slices).toBeLessThanOrEqual(1);
        expect(await judge(url)).toMatchObject({ lost: 0, double: 0, misScored: 0 });
      },
      { batchSize: 50 },
    );
  });

  test('that nobody knows is named', async () => {
    await withContest(async (keep) => {
      await expect(keep.runStatus('no such run')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      expect(await keep.cancel('no such run')).toBe(false);
    });
  });
});

describe('an inline run', () => {
  test('scores without any worker, in as many transactions as it has slices', async () => {
    await withContest(
      async (keep, url) => {
        const { points, overall } = contest();
        await keep.top(overall);
        const run = await keep.run(points, { inline: true });
        expect(await keep.runStatus(run)).toMatchObject({ state: 'finished', scored: 1000 });
        expect(await judge(url)).toEqual(FLAWLESS);
      },
      { batchSize: 100 },
    );
  });

  test('in the host transaction is seen with it, or not at all', async () => {
    await withContest(async (keep, url) => {
      const { points, overall } = contest('js');
      await keep.top(overall);
      const failing = keep.transaction(async (tx) => {
        await keep.run(points, { inline: true, tx });
        const { rows } = await tx.query('select count(*)::int as scores from scorekeep.score_points_v1');
        expect(rows).toEqual([{ scores: 1000 }]);
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await keep.status(points)).toMatchObject({ processed: 0 });
      await keep.transaction((tx) => keep.run(points, { inline: true, tx }));
      expect(await keep.status(points)).toMatchObject({ processed: 1000, queueDepth: 0 });
      expect(await judge(url)).toEqual(FLAWLESS);
    });
  });

  test('of more than its limit is refused and starts nothing', async () => {
    await withContest(async (keep, url) => {
      const { points } = contest();
      await expect(keep.run(points, { inline: { limit: 999 } })).rejects.toMatchObject({
        code: 'INLINE_TOO_LARGE',
        fields: { limit: 999 },
      });
      const { rows } = await onDatabase(url, (client) =>
        client.query('select count(*)::int as runs from scorekeep.run'),
      );
      expect(rows).toEqual([{ runs: 0 }]);
      await keep.run(points, { inline: { limit: 1000 } });
      expect(await keep.status(points)).toMatchObject({ processed: 1000 });
    });
  });

  test('helps a run that workers were to do, and both score everything once', async () => {
    await withContest(
      async (keep, url) => {
        const { points, overall } = contest();
        await keep.start({ projections: [points], boards: [overall] });
        const run = await keep.run(points);
        expect(await keep.run(points, { inline: true })).toEqual({ id: run.id, created: false });
        expect(await judge(url)).toEqual(FLAWLESS);
      },
      { batchSize: 50 },
    );
  });
});
