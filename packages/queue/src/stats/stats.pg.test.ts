import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import { playsBy } from '../event-projections/testing/plays.ts';
import { job } from '../jobs/job.ts';
import { ended, gameLog } from '../log/testing/game.ts';
import { projection } from '../projections/projection.ts';
import type { ScoreProjection } from '../score-projections/score-projection.ts';
import { contest, createContest, onDatabase } from '../testing/contest.ts';
import { readStats } from './read-stats.ts';

test('the stats of a run count what its tables hold, with zeros for what is empty', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 50, fixtures: 20 });
  const { points } = contest();
  const keep = await connect({ url, batchSize: 100 });
  await keep.status(points);
  expect((await keep.stats()).queues).toEqual(
    ['slices/points_v1', 'dead/points_v1', 'parked/points_v1'].map((queue) => ({ queue, ...EMPTY })),
  );

  const run = await keep.run(points);
  const { openSlices, expected } = await keep.runStatus(run);
  const waiting = await keep.stats();
  expect(waiting.queues[0]).toMatchObject({
    queue: 'slices/points_v1',
    ...EMPTY,
    ready: openSlices,
    oldestSeconds: expect.any(Number),
  });
  expect(waiting.queues[0]?.oldestSeconds).toBeGreaterThan(0);
  expect(waiting.projections).toMatchObject([
    { label: 'points_v1', runs: 1, paused: 0, expected, processed: 0, remaining: expected, perWorkerSecond: null },
  ]);

  await keep.pause(run);
  const paused = await keep.stats();
  expect(paused.queues[0]).toMatchObject({ ...EMPTY, blocked: openSlices });
  expect(paused.projections[0]).toMatchObject({ paused: 1, remaining: 0, lagSeconds: 0 });

  await keep.resume(run);
  await keep.start({ projections: [points] });
  await keep.finished(run);
  const over = await keep.stats();
  expect(over.queues[0]).toMatchObject({ ready: 0, active: 0, oldestSeconds: 0, completedPerSecond: openSlices / 300 });
  expect(over.projections[0]).toMatchObject({ runs: 0, expected: 0, remaining: 0, lagSeconds: 0 });
  expect(over.projections[0]?.perWorkerSecond).toBeGreaterThan(0);
  expect(over.tables.map((table) => table.kind)).toEqual(['job', 'log', 'other', 'run', 'score', 'slice']);
  for (const table of over.tables) expect(table.bytes).toBeGreaterThan(0);
  await keep.stop();
});

const EMPTY = { ready: 0, deferred: 0, blocked: 0, active: 0, failed: 0, oldestSeconds: 0, completedPerSecond: 0 };

test('the stats say how far behind each consumer of a log is, and when schedules were last looked at', async () => {
  const { url } = await testDatabase();
  const keep = await connect({ url });
  const log = gameLog();
  expect(await keep.stats()).toMatchObject({ consumers: [], scheduleLagSeconds: null });
  await keep.ingest(
    log,
    Array.from({ length: 100 }, (_, n) => ended(n)),
  );
  const take = (limit: number) => keep.consume(log, 'taker', async () => undefined, { limit });
  const handled = await take(2);
  const [behind, ...others] = (await keep.stats()).consumers;
  expect(others).toEqual([]);
  expect(behind).toEqual({ log: 'game', consumer: 'taker', behind: 100 - handled, lagSeconds: expect.any(Number) });
  expect(behind?.lagSeconds).toBeGreaterThan(0);
  while ((await take(1_000)) > 0);
  expect((await keep.stats()).consumers).toEqual([{ log: 'game', consumer: 'taker', behind: 0, lagSeconds: 0 }]);

  await keep.start({
    jobs: [job('nightly', { schedule: { cron: '0 3 * * *', payload: {} }, run: () => undefined })],
  });
  expect((await keep.stats()).scheduleLagSeconds).not.toBeNull();
  await keep.stop();
  await onDatabase(url, async (client) => {
    await client.query(`update scorekeep_jobs.version set cron_on = clock_timestamp() - interval '1 hour'`);
    expect((await readStats(client, 'scorekeep')).scheduleLagSeconds).toBeGreaterThanOrEqual(3_600);
  });
});

test('a projection over events is a consumer by its live build, and has neither runs nor a queue of slices', async () => {
  const { url } = await testDatabase();
  const play = playsBy('sql');
  const keep = await connect({ url });
  const games = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ended(from + i));
  await keep.ingest(play.from, games(0, 10));
  await keep.projections.status(play);
  const { consumers, projections, queues } = await keep.stats();
  const waiting = { log: 'game', consumer: 'projection:play_v1', behind: 10, lagSeconds: expect.any(Number) };
  expect(consumers).toEqual([waiting]);
  expect(consumers[0]?.lagSeconds).toBeGreaterThan(0);
  expect(projections).toEqual([]);
  expect(queues.map(({ queue }) => queue)).toEqual(['dead/play_v1', 'parked/play_v1']);

  await keep.projections.catchUp(play);
  await keep.projections.rebuild(play);
  await keep.ingest(play.from, games(10, 15));
  await keep.projections.catchUp(play);
  // The build that was live before stands where it stood, as nothing is amiss with.
  expect((await keep.stats()).consumers).toEqual([{ ...waiting, behind: 0, lagSeconds: 0 }]);
  await keep.stop();
});

test('a projection over scores is a consumer by its live build, of the table that is scored; what it has put aside is not behind', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 7, fixtures: 2 });
  const { points } = contest();
  const keep = await connect({ url });
  await keep.run(points, { inline: true });
  const counted = projection<number>('counted', {
    from: points,
    fold: {
      initial: 0,
      step(n) {
        if (n === 1) throw new RangeError('one is enough');
        return n + 1;
      },
    },
  }) as ScoreProjection;
  await keep.projections.status(counted);
  const { consumers, projections, queues } = await keep.stats();
  const log = points.from.table;
  expect(consumers).toEqual([{ log, consumer: 'projection:counted_v1', behind: 7, lagSeconds: expect.any(Number) }]);
  expect(consumers[0]?.lagSeconds).toBeGreaterThan(0);
  expect(projections.map(({ label }) => label)).toEqual(['points_v1']);
  expect(queues.map(({ queue }) => queue)).toContain('parked/counted_v1');
  await keep.projections.catchUp(counted);
  expect((await keep.stats()).consumers).toEqual([
    { log, consumer: 'projection:counted_v1', behind: 0, lagSeconds: 0 },
  ]);
  expect(await keep.projections.status(counted)).toMatchObject({ behind: 0, parked: 7 });
  await keep.stop();
});

test('a transaction that is left open shows in the stats', async () => {
  const { url } = await testDatabase();
  const keep = await connect({ url });
  await onDatabase(url, async (client) => {
    await client.query('begin');
    await client.query('select pg_sleep(0.05)');
    expect((await keep.stats()).longestTransactionSeconds).toBeGreaterThan(0.05);
  });
  await keep.stop();
});

test('after the clock of the database was set back, figures that nobody reads have no age, and the lease of the dead binds nobody', async () => {
  const { url } = await testDatabase();
  const [dead, alive] = [await connect({ url }), await connect({ url })];
  const lease = { leaseSeconds: 60 };
  expect((await dead.observe(lease)).stats).toBeDefined();
  expect((await alive.observe(lease)).stats).toBeUndefined();
  // As it looks when a clock that was an hour ahead is put right.
  const ahead = (column: string): Promise<unknown> =>
    onDatabase(url, (client) =>
      client.query(`update scorekeep.observer set ${column} = ${column} + interval '1 hour'`),
    );
  await ahead('read_at');
  expect(await alive.observe(lease)).toEqual({ stats: undefined, ageSeconds: null });
  await ahead('held_until');
  const { stats, ageSeconds } = await alive.observe(lease);
  expect(stats).toBeDefined();
  expect(ageSeconds).toBeGreaterThanOrEqual(0);
  expect((await dead.observe(lease)).ageSeconds).toBeGreaterThanOrEqual(0);
  await Promise.all([dead.stop(), alive.stop()]);
});

test('of all that observe one reads, until it stops asking and its lease ends', async () => {
  const { url } = await testDatabase();
  const [one, two] = [await connect({ url }), await connect({ url })];
  const lease = { leaseSeconds: 60 };
  expect((await two.observe({ leaseSeconds: 0 })).stats).toBeDefined();
  expect((await one.observe(lease)).stats).toBeDefined();
  const other = await two.observe(lease);
  expect(other.stats).toBeUndefined();
  expect(other.ageSeconds).toBeGreaterThan(0);
  expect((await one.observe(lease)).stats).toBeDefined();
  await one.stopObserving();
  expect((await two.observe(lease)).stats).toBeDefined();
  expect((await one.observe(lease)).stats).toBeUndefined();
  expect(one.pool()).toEqual({ max: 10, idle: expect.any(Number), used: 0, waiting: 0 });
  await Promise.all([one.stop(), two.stop()]);
});
