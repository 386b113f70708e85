import { afterEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { connect } from './connect.ts';
import { job } from './jobs/job.ts';
import type { Keep } from './keep.ts';
import { contest, createContest, FLAWLESS, judge, onDatabase } from './testing/contest.ts';

const open: Keep[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((keep) => keep.stop()));
});

async function connected(url: string, options: { batchSize?: number; poolSize?: number } = {}): Promise<Keep> {
  const keep = await connect({ url, ...options });
  open.push(keep);
  return keep;
}

test('slices are handed out in the order of their keys, though their jobs are stored in another', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 120, fixtures: 30 });
  const { points } = contest('sql');
  const keep = await connected(url, { batchSize: 10 });
  const other = job<{ n: number }>('other', { run: async () => undefined });
  // So many that the jobs of the slices are found by their index.
  await keep.enqueueAll(
    other,
    Array.from({ length: 1_000 }, (_, n) => ({ n })),
  );
  const run = await keep.run(points);
  await onDatabase(url, async (client) => {
    // A new version of each of the first half lies behind the other half, as where room that others left is used first.
    await client.query(
      `update scorekeep_jobs.job_common set priority = priority where name = 'slices/points_v1' and id in (select id from scorekeep.slice order by lo::uuid nulls first limit 60)`,
    );
    await client.query('vacuum analyze scorekeep_jobs.job_common');
  });
  await keep.start({ projections: [points], workers: 1 });
  expect((await keep.finished(run)).slices).toBeGreaterThan(100);
  await onDatabase(url, async (client) => {
    const { rows } = await client.query(
      'select array_agg(id order by began_at) = array_agg(id order by lo::uuid nulls first) as in_order from scorekeep.slice',
    );
    expect(rows[0].in_order).toBe(true);
  });
});

describe.each(['sql', 'js'] as const)('the pipeline with the %s back end', (backend) => {
  test('scores every item once, refuses what cannot be scored, and ranks the rest', async () => {
    const { url } = await testDatabase();
    await createContest(url, { players: 40, fixtures: 30 });
    await onDatabase(url, (client) =>
      client.query(`
        update tip set goals_h = null where player_ref = md5('player 1')::uuid and fixture_ref = md5('fixture 1')::uuid;
        update tip set goals_h = -1 where player_ref = md5('player 2')::uuid and fixture_ref = md5('fixture 1')::uuid;
        update tip set goals_a = 250 where player_ref = md5('player 3')::uuid and fixture_ref = md5('fixture 1')::uuid;
        update tip set goals_a = 1.5 where player_ref = md5('player 4')::uuid and fixture_ref = md5('fixture 1')::uuid;
        update tip set goals_a = 'NaN' where player_ref = md5('player 5')::uuid and fixture_ref = md5('fixture 1')::uuid;
        update tip set locked_at = now() + interval '1 day' where player_ref = md5('player 6')::uuid and fixture_ref = md5('fixture 1')::uuid;
        update fixture set score_h = null where id = md5('fixture 2')::uuid`),
    );
    const { points, overall } = contest(backend);
    const keep = await connected(url, { batchSize: 100 });
    await keep.start({ projections: [points], boards: [overall] });
    const done = await keep.finished(await keep.run(points));
    expect(done.slices).toBeGreaterThan(3);
    expect(await judge(url)).toEqual(FLAWLESS);
    expect(await keep.status(points)).toEqual({
      total: 1200,
      processed: 1159,
      pending: 41,
      unmatched: 0,
      queueDepth: 0,
      perSecond: 0,
      estimatedEnd: null,
      scored: 1154,
      rejected: 5,
      parked: 0,
      reasons: expect.objectContaining({ 'missing:home': 1, 'below:home': 1, 'fraction:away': 1 }),
      errors: [],
    });
    // The run was cut into several slices and steps, and its own status adds up what each of them refused.
    expect((await keep.runStatus(done.id)).reasons).toEqual((await keep.status(points)).reasons);
    const top = await keep.top(overall, { limit: 40 });
    expect(top.map((entry) => entry.points)).toEqual(top.map((entry) => entry.points).toSorted((a, b) => b - a));
    expect(top[0]?.rank).toBe(1);
    const seventh = top[6];
    expect(await keep.around(overall, seventh?.subject ?? '', { above: 2, below: 3 })).toEqual(top.slice(4, 10));
  });

  test('moves scores and board exactly once when a result is corrected', async () => {
    const { url } = await testDatabase();
    await createContest(url, { players: 25, fixtures: 8 });
    const { points, overall } = contest(backend);
    const keep = await connected(url);
    await keep.start({ projections: [points], boards: [overall] });
    await keep.finished(await keep.run(points));
    const { rows } = await onDatabase(url, (client) => client.query(`select md5('fixture 3')::uuid::text as id`));
    const correct = (home: number): Promise<{ id: string; created: boolean }> =>
      keep.transaction(async (tx) => {
        await tx.query(
          'update fixture set score_h = $2, score_a = 0, result_revision = result_revision + 1 where id = $1',
          [rows[0].id, home],
        );
        return keep.run(points, { where: { fixture_ref: rows[0].id }, tx });
      });
    for (const home of [9, 0, 2]) {
      const run = await correct(home);
      expect((await keep.finished(run)).scored).toBe(25);
      expect(await judge(url)).toEqual(FLAWLESS);
    }
    const again = await keep.run(points, { where: { fixture_ref: rows[0].id } });
    expect(again.created).toBe(false);
  });
});

describe('a run', () => {
  test('pressed twice, and from another process at once, is one run that scores nothing twice', async () => {
    const { url } = await testDatabase();
    await createContest(url, { players: 50, fixtures: 40 });
    const { points, overall } = contest();
    const [one, other] = [await connected(url, { batchSize: 200 }), await connected(url, { batchSize: 200 })];
    const runs = await Promise.all([one.run(points), other.run(points), one.run(points), other.run(points)]);
    expect(new Set(runs.map((run) => run.id)).size).toBe(1);
    expect(runs.filter((run) => run.created)).toHaveLength(1);
    await Promise.all([one, other].map((keep) => keep.start({ projections: [points], boards: [overall] })));
    await one.finished(runs[0]);
    const after = await one.run(points);
    expect((await one.finished(after)).scored).toBe(0);
    expect(await judge(url)).toEqual(FLAWLESS);
  });

  test('does nothing when the transaction that asked for it rolls back', async () => {
    const { url } = await testDatabase();
    await createContest(url, { players: 5, fixtures: 5 });
    const { points } = contest();
    const keep = await connected(url);
    await expect(
      keep.transaction(async (tx) => {
        await keep.run(points, { tx });
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    const { rows } = await onDatabase(url, (client) =>
      client.query(
        'select (select count(*)::int from scorekeep.slice) + (select count(*)::int from scorekeep_jobs.job) as left_over',
      ),
    );
    expect(rows).toEqual([{ left_over: 0 }]);
  });

  test('scores nothing twice that was scored after its slices had been cut', async () => {
    const { url } = await testDatabase();
    await createContest(url, { players: 20, fixtures: 20 });
    const { points, overall } = contest();
    const keep = await connected(url);
    const run = await keep.run(points);
    const { rows } = await onDatabase(url, (client) => client.query(`select md5('player 7')::uuid::text as id`));
    await keep.transaction((tx) => keep.run(points, { inline: true, where: { player_ref: rows[0].id }, tx }));
    await keep.start({ projections: [points], boards: [overall] });
    expect(await keep.finished(run)).toMatchObject({ scored: 380, rejected: 0, parked: 0, errors: [] });
    expect(await judge(url)).toEqual(FLAWLESS);
  });

  test('ends only when rows that were committed behind a finished slice are scored too', async () => {
    const { url } = await testDatabase();
    await createContest(url, { players: 20, fixtures: 20 });
    const { points, overall } = contest();
    const keep = await connected(url);
    await onDatabase(url, async (late) => {
      await late.query('begin');
      await late.query(
        `insert into tip (fixture_ref, player_ref, goals_h, goals_a) select id, md5('late')::uuid, 1, 0 from fixture`,
      );
      const run = await keep.run(points);
      await keep.transaction((tx) => keep.run(points, { inline: true, tx }));
      // Every slice has passed, and nobody has seen the late rows.
      await keep.transaction((tx) =>
        tx.query('update scorekeep.slice set done_at = now(); update scorekeep.run set open_slices = 0'),
      );
      await late.query('commit');
      await keep.start({ projections: [points], boards: [overall] });
      expect((await keep.finished(run)).scored).toBe(20);
    });
    expect(await judge(url)).toEqual(FLAWLESS);
  });
});

test('a board declared after the scores is built from them and kept up from then on', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 10, fixtures: 10 });
  const { points, overall } = contest();
  const [worker, web] = [await connected(url), await connected(url)];
  await onDatabase(url, (client) =>
    client.query(`update fixture set score_h = null where id = md5('fixture 1')::uuid`),
  );
  await worker.start({ projections: [points] });
  await worker.finished(await worker.run(points));
  expect(await web.top(overall, { limit: 3 })).toHaveLength(3);
  await onDatabase(url, (client) => client.query(`update fixture set score_h = 1 where id = md5('fixture 1')::uuid`));
  await worker.finished(await worker.run(points));
  expect(await judge(url)).toEqual(FLAWLESS);
});
