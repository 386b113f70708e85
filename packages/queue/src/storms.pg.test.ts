import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { connect } from './connect.ts';
import { startPostgres } from './embedded/index.ts';
import { contest, createContest, FLAWLESS, judge, onDatabase } from './testing/contest.ts';
import { end, startWorker } from './testing/processes.ts';
import { type Storm, sliceStorm } from './testing/slice-storm.ts';

/** Another one each time; `DRILL_SEED` repeats one. */
const seed = Number(process.env['DRILL_SEED'] ?? Math.floor(Math.random() * 2 ** 32));

test.each([
  ['statement', 'sql'],
  ['statement', 'js'],
  ['everybody', 'sql'],
  ['one', 'js'],
] as const)(
  `workers that die before any statement, one by one or all at once, lose nothing and double nothing (%s, %s, seed ${seed})`,
  async (storm: Storm, backend) => {
    const { url } = await testDatabase();
    const report = await sliceStorm({
      url,
      seed,
      backend,
      storm,
      deaths: storm === 'one' ? Number.POSITIVE_INFINITY : 9,
    });
    expect(report.deaths).toBeGreaterThan(0);
    if (process.env['DRILL_SEED']) console.log(`${storm} ${backend}, seed ${seed}: ${spreadOf(report.recoveriesMs)}`);
    expect(report.verdict).toEqual(FLAWLESS);
    expect(report.status).toMatchObject({ scored: 5000, rejected: 0, parked: 0, errors: [] });
  },
  300_000,
);

const spreadOf = (ms: readonly number[]): string => {
  if (ms.length === 0) return 'no slice was in hand';
  const sorted = ms.toSorted((a, b) => a - b).map(Math.round);
  return `${ms.length} slices moved on after ${sorted[Math.floor((sorted.length - 1) / 2)]} ms in the median, ${sorted.at(-1)} ms at most`;
};

test('a Postgres killed with SIGKILL in the middle of a run costs nothing but the time it is away', async () => {
  // In a folder that its server can enter whoever runs this.
  const directory = mkdtempSync(path.join(os.tmpdir(), 'scorekeep-kill-'));
  const data = path.join(directory, 'data');
  let server = await startPostgres({ directory: data });
  const { url, port } = server;
  const environment = { DRILL_URL: url, DRILL_BATCH_SIZE: '50' };
  try {
    await createContest(url, { players: 100, fixtures: 50 });
    const { points, overall } = contest();
    const keep = await connect({ url, batchSize: 50 });
    const workers = await Promise.all([startWorker(environment), startWorker(environment)]);
    try {
      await keep.top(overall);
      const { id } = await keep.run(points);
      for (let deaths = 0; deaths < 2; deaths++) {
        const done = `select count(*)::int as done from scorekeep.slice where done_at is not null`;
        const before = await onDatabase(url, async (client) => (await client.query(done)).rows[0].done);
        await expect
          .poll(() => onDatabase(url, async (client) => (await client.query(done)).rows[0].done), { timeout: 60_000 })
          .toBeGreaterThan(Math.min(before, 95));
        process.kill(server.pid, 'SIGKILL');
        await server.stop();
        server = await startPostgres({ directory: data, port });
      }
      const run = await expect
        .poll(
          () =>
            onDatabase(
              url,
              async (client) => (await client.query('select finished_at from scorekeep.run')).rows[0].finished_at,
            ),
          { timeout: 120_000 },
        )
        .not.toBeNull()
        .then(() => keep.runStatus(id));
      expect(run).toMatchObject({ scored: 5000, rejected: 0, parked: 0, errors: [] });
      expect(await judge(url)).toEqual(FLAWLESS);
    } finally {
      expect(await Promise.all(workers.map((worker) => end(worker, 'SIGTERM')))).toEqual([0, 0]);
      await keep.stop();
    }
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}, 300_000);
