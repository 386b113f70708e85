import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { createAdmin } from './admin/index.ts';
import { connect } from './connect.ts';
import type { Keep } from './keep.ts';
import type { RunStatus } from './runs/run-status.ts';
import type { Run } from './runs/start-run.ts';
import { contest, createContest, FLAWLESS, judge, onDatabase } from './testing/contest.ts';
import { end, startWorker } from './testing/processes.ts';

/** Waits for a run; one that does not end shows what it hangs on. */
async function finished(keep: Keep, run: Run, url: string): Promise<RunStatus> {
  try {
    return await keep.finished(run, { signal: AbortSignal.timeout(240_000) });
  } catch (cause) {
    const state = await onDatabase(url, async (client) => ({
      slices: (await client.query('select *, clock_timestamp() from scorekeep.slice where done_at is null')).rows,
      jobs: (await client.query('select name, state, retry_count, started_on, data from scorekeep_jobs.job')).rows,
      sessions: (
        await client.query(
          'select pid, application_name, state, wait_event, left(query, 90) as query, state_change from pg_stat_activity where datname = current_database()',
        )
      ).rows,
    }));
    throw new Error(`the run did not end: ${JSON.stringify(state, null, 1)}`, { cause });
  }
}

vi.setConfig({ testTimeout: 300_000 });

const openJobs = `select count(*)::int as open from scorekeep_jobs.job where name = 'slices/points_v1' and state in ('created', 'retry', 'active')`;

describe('a worker killed with SIGKILL', () => {
  test.each([
    ['slice.written', 'sql'],
    ['slice.written', 'js'],
    ['slice.committed', 'sql'],
  ] as const)('at %s with the %s back end loses nothing and doubles nothing', async (fact, backend) => {
    const { url } = await testDatabase();
    await createContest(url, { players: 100, fixtures: 40 });
    const environment = { DRILL_URL: url, DRILL_BACKEND: backend, DRILL_BATCH_SIZE: '200' };
    const keep = await connect({ url, batchSize: 200 });
    const { points } = contest(backend);
    const victim = await startWorker({ ...environment, DRILL_KILL_AT: `${fact}#2` });
    const killed = new Promise((resolve) => victim.once('exit', (_, signal) => resolve(signal)));
    // Dispatched before the survivors are up, so that the victim certainly has slices in hand.
    const run = await keep.run(points);
    const survivors = await Promise.all([startWorker(environment), startWorker(environment)]);
    try {
      expect(await killed).toBe('SIGKILL');
      const done = await finished(keep, run, url);
      expect(done.scored).toBe(4000);
      expect(await judge(url)).toEqual(FLAWLESS);
      await expect
        .poll(() => onDatabase(url, async (client) => (await client.query(openJobs)).rows), { timeout: 60_000 })
        .toEqual([{ open: 0 }]);
    } finally {
      const codes = await Promise.all(survivors.map((worker) => end(worker, 'SIGTERM')));
      await keep.stop();
      expect(codes).toEqual([0, 0]);
    }
  });
});

test('a worker told to stop by SIGTERM in the middle of a run exits with 0 and leaves the rest to the others', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 100, fixtures: 40 });
  const keep = await connect({ url, batchSize: 50 });
  const { points } = contest();
  const environment = { DRILL_URL: url, DRILL_BATCH_SIZE: '50' };
  const first = await startWorker(environment);
  const run = await keep.run(points);
  expect(await end(first, 'SIGTERM')).toBe(0);
  const second = await startWorker(environment);
  try {
    await finished(keep, run, url);
    expect(await judge(url)).toEqual(FLAWLESS);
  } finally {
    await end(second, 'SIGTERM');
    await keep.stop();
  }
});

test('a row that the database refuses is parked alone, its neighbours are scored, and it is scored once mended', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 30, fixtures: 30 });
  const keep = await connect({ url });
  const { points, overall } = contest();
  try {
    await keep.start({ projections: [points], boards: [overall] });
    await keep.status(points);
    await onDatabase(url, (client) =>
      client.query(`alter table scorekeep.score_points_v1 add constraint poison
        check (milli is null or (player_ref, fixture_ref) <> (md5('player 7')::uuid, md5('fixture 9')::uuid))`),
    );
    await finished(keep, await keep.run(points), url);
    expect(await keep.status(points)).toMatchObject({ processed: 899, pending: 1, parked: 1, rejected: 0 });
    await onDatabase(url, (client) => client.query('alter table scorekeep.score_points_v1 drop constraint poison'));
    await expect.poll(async () => (await keep.status(points)).parked, { timeout: 60_000 }).toBe(0);
    expect(await judge(url)).toEqual(FLAWLESS);
  } finally {
    await keep.stop();
  }
});

test('an item that kills every process that touches it ends up parked alone, its neighbours are scored, and it is dead after three more', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 40, fixtures: 50 });
  const keep = await connect({ url });
  const { points } = contest('js');
  const { rows } = await onDatabase(url, (client) => client.query(`select md5('player 17')::uuid::text as poison`));
  // The contest has one fixture in which player 17 takes part: every item but that one is somebody else's.
  await onDatabase(url, (client) =>
    client.query(`delete from tip where player_ref = $1 and fixture_ref <> md5('fixture 5')::uuid`, [rows[0].poison]),
  );
  const environment = { DRILL_URL: url, DRILL_BACKEND: 'js', DRILL_POISON: String(rows[0].poison) };
  const workers = new Set<ChildProcess>();
  let starting = true;
  const keepWorkerAlive = async (): Promise<void> => {
    while (starting) {
      const worker = await startWorker(environment).catch(() => undefined);
      if (worker === undefined) continue;
      workers.add(worker);
      if (!starting) await end(worker, 'SIGTERM');
      if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
      workers.delete(worker);
    }
  };
  const alive = keepWorkerAlive();
  try {
    const done = await finished(keep, await keep.run(points), url);
    expect(done).toMatchObject({ scored: 1950, parked: 1 });
    expect(await keep.status(points)).toMatchObject({ total: 1951, scored: 1950, parked: 1, rejected: 0 });
    const letters = createAdmin(keep, { authorize: () => true }).deadLetters(points, 'ann');
    await expect
      .poll(() => letters.list(), { timeout: 200_000, interval: 200 })
      .toMatchObject([{ reason: 'CRASHED', from: 'parked/points_v1' }]);
  } finally {
    starting = false;
    await Promise.all([...workers].map((worker) => end(worker, 'SIGTERM')));
    await alive;
    await keep.stop();
  }
});
