import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { type Expendable, openDatabase } from '../database/open-database.ts';
import { fillContest } from '../drain/contest.ts';
import { PROJECTION } from '../drain/protocol.ts';
import { reconcile } from '../drain/reconcile.ts';
import { measureThroughput } from '../plan/measure-throughput.ts';
import { readThroughput } from '../plan/read-throughput.ts';
import { expendable } from '../testing/expendable.ts';
import { paramsOf } from './catalogue.ts';
import { drillJobsScenario } from './drill-jobs-scenario.ts';
import { OWN_ROOT, runScenarios } from './run-scenarios.ts';

let database: Expendable;
beforeAll(async () => {
  const { url } = await testDatabase();
  await expendable(url);
  database = await openDatabase(url);
});
afterAll(() => database[Symbol.asyncDispose]());
const folder = mkdtempSync(path.join(tmpdir(), 'scorekeep-scenarios-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CLEAN = { 'rows.lost': 0, 'rows.duplicated': 0, 'rows.mis_scored': 0, 'connections.leaked': 0 };

test('drains of both contests by worker processes score every row, and a planted loss, double and error are found', async () => {
  await database.pool.query(
    `do $$ begin execute format('alter database %I set work_mem = ''7MB''', current_database()); end $$`,
  );
  const scenarios = ['predictions-50k', 'draw-50k-w5'].map((name) => ({
    name,
    params: paramsOf(name, { workers: 2, batchSize: 300 }, 0.04),
  }));
  const said: string[] = [];
  const measured = await runScenarios({ database, scenarios, progress: (line) => said.push(line) });
  for (const { name } of scenarios) {
    expect(measured.scenarios[name]).toMatchObject({
      samples: 2000,
      invariants: CLEAN,
      windows: { 'error.rate': [0] },
      params: { workers: 2, batchSize: 300, items: 2000 },
      // Of sessions of the workers' own: nobody told them of work_mem.
      observed: { configuration: { backend: 'sql', poolSize: 4, 'postgres.work_mem': '7MB' } },
    });
    expect(measured.scenarios[name]?.observed?.configuration?.['items in a slice']).toBeLessThan(1000);
    expect(said).toContain(`${name}: filling, repetition 1 of 1`);
  }

  const scores = `scorekeep.score_${PROJECTION}_v1`;
  const found = () => reconcile(database.pool, 'draw', PROJECTION);
  const clean = { rows: 2000, lost: 0, duplicated: 0, misScored: 0 };
  expect(await found()).toEqual(clean);
  await database.pool.query(`update ${scores} set milli = milli + 1000 where id = 1`);
  expect(await found()).toEqual({ ...clean, misScored: 1 });
  await database.pool.query(
    `update ${scores} set milli = milli - 1000 where id = 1; update scorekeep.standing_${PROJECTION} set scored = scored + 1 where subject::text = '1'`,
  );
  expect(await found()).toEqual({ ...clean, duplicated: 1 });
  await database.pool.query(
    `update scorekeep.standing_${PROJECTION} set scored = scored - 1 where subject::text = '1'; delete from ${scores} where id = 2`,
  );
  expect(await found()).toEqual({ ...clean, lost: 1 });
});

test('workers that die with a slice in hand lose nothing and double nothing', async () => {
  // All of them die, so that whatever the machine does, each has begun two slices before anybody takes over.
  const scenarios = [
    { name: 'drill-50k', params: paramsOf('drill-50k', { workers: 2, kills: 2, batchSize: 100 }, 0.04) },
  ];
  const { scenarios: measured } = await runScenarios({ database, scenarios, progress: () => undefined });
  expect(measured['drill-50k']).toMatchObject({ samples: 2000, invariants: CLEAN, windows: { 'error.rate': [0] } });
});

test('a drill with nothing in hand to die with is no drill', async () => {
  const scenarios = [{ name: 'drill-50k', params: paramsOf('drill-50k', { workers: 1, kills: 1, items: 500 }) }];
  await expect(runScenarios({ database, scenarios, progress: () => undefined })).rejects.toMatchObject({
    code: 'RUN_FAILED',
    message: expect.stringContaining('when 0 of the 1 workers that were to die had a slice in hand'),
  });
});

test.each([-1, 3, 0.5])('%d kills of 2 workers are refused', async (kills) => {
  const scenarios = [{ name: 'drill-50k', params: paramsOf('drill-50k', { workers: 2, kills }) }];
  await expect(runScenarios({ database, scenarios, progress: () => undefined })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining('params.kills must be a whole number from 0 to the 2 workers'),
  });
});

const NOTHING_BROKEN = {
  'jobs.lost': 0,
  'jobs.not_once': 0,
  'jobs.miscounted': 0,
  'jobs.unfounded': 0,
  'jobs.charged': 0,
  'jobs.orphaned': 0,
  'jobs.misjudged': 0,
  'workers.outgrown': 0,
  'connections.leaked': 0,
};

test('jobs whose workers are killed and cut off are done once each, under a seed that is told, and a build that doubles some is found', async () => {
  const params = paramsOf('drill-jobs', { jobs: 100, workers: 2, faults: 4 });
  const said: string[] = [];
  const drill = (root: string, seed = 0) =>
    drillJobsScenario({ database, params: { ...params, seed }, root, progress: (line) => said.push(line) });
  const { samples, invariants, windows, observed } = await drill(OWN_ROOT);
  const { seed, faults } = observed?.configuration ?? {};
  expect([invariants, said[0]]).toEqual([NOTHING_BROKEN, `seed ${seed}`]);
  expect(samples).toBeGreaterThanOrEqual(100);
  expect(windows?.['throughput.per_second']).toEqual([expect.any(Number)]);

  const again = await drill(
    buildWith('await run(payload, context); if (payload.n % 10 === 0) await run(payload, context);'),
    Number(seed),
  );
  expect(again.observed?.configuration).toEqual({ seed, faults });
  const doubled = Math.ceil(again.samples / 10);
  const excess = (10 * doubled * (doubled - 1)) / 2;
  expect(again.invariants).toEqual({ ...NOTHING_BROKEN, 'jobs.not_once': doubled, 'jobs.miscounted': excess });
});

test('a drill whose workers end by themselves breaks off, and says how they ended, and its seed', async () => {
  const params = paramsOf('drill-jobs', { jobs: 10, workers: 2, faults: 2, seed: 7 });
  const context = { database, params, root: buildWith('process.exit(3);'), progress: () => undefined };
  await expect(drillJobsScenario(context)).rejects.toMatchObject({
    code: 'RUN_FAILED',
    message: expect.stringMatching(/^The drill with seed 7 broke off: \w+ worker ended .*3/),
  });
});

/** A folder with a build in it that is this one, but for what the handler of a job does instead. */
function buildWith(handler: string): string {
  const own = pathToFileURL(createRequire(path.join(OWN_ROOT, 'package.json')).resolve('@scorekeep/queue')).href;
  const root = mkdtempSync(path.join(folder, 'build-'));
  const queue = path.join(root, 'node_modules/@scorekeep/queue');
  mkdirSync(queue, { recursive: true });
  const manifest = { name: '@scorekeep/queue', type: 'module', exports: './index.js' };
  writeFileSync(path.join(queue, 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    path.join(queue, 'index.js'),
    `import { job as honest } from '${own}';
    export * from '${own}';
    export const job = (name, { run, ...others }) =>
      honest(name, { ...others, run: async (payload, context) => { ${handler} } });`,
  );
  return root;
}

test('a drill that is stopped says so, with its seed', async () => {
  const params = paramsOf('drill-jobs', { jobs: 1, workers: 2, faults: 1, batch: 1, seed: 7 });
  const context = { database, params, root: OWN_ROOT, progress: () => undefined, signal: AbortSignal.abort() };
  await expect(drillJobsScenario(context)).rejects.toMatchObject({
    code: 'RUN_FAILED',
    message: expect.stringMatching(/^The drill with seed 7 broke off: /),
  });
});

test.each([
  ['workers', 1],
  ['batch', 1001],
  ['seed', -1],
])('a drill of jobs with %s %d is refused', async (name, value) => {
  const scenarios = [{ name: 'drill-jobs', params: paramsOf('drill-jobs', { [name]: value }) }];
  const refused = { code: 'OPTION_INVALID', message: expect.stringContaining(`params.${name} must be a whole number`) };
  await expect(runScenarios({ database, scenarios, progress: () => undefined })).rejects.toMatchObject(refused);
});

test('throughput is measured for every number of workers, with what an item and batches cost', async () => {
  const throughput = await measureThroughput({
    database,
    root: OWN_ROOT,
    contest: 'draw',
    backend: 'js',
    items: 1000,
    workers: [1, 2],
    repeats: 1,
    progress: () => undefined,
  });
  expect(throughput.samples.map(({ workers }) => workers)).toEqual([1, 2]);
  expect(throughput.batches?.map(({ items }) => items)).toEqual([250, 1000]);
  expect(readThroughput(JSON.stringify(throughput))).toEqual(throughput);
});

test('every kind of prediction of the draw is worth what the guide says, many kinds of it', async () => {
  await fillContest(database.pool, 'draw', 2000);
  const { rows } = await database.pool.query('select count(distinct picks)::int as kinds from loadtest.entry');
  expect(rows[0]?.kinds).toBeGreaterThan(100);
});

test('events at a constant rate become results, each once', async () => {
  const scenarios = [{ name: 'events-100', params: paramsOf('events-100', { rate: 50, seconds: 2 }) }];
  const { scenarios: measured } = await runScenarios({ database, scenarios, progress: () => undefined });
  expect(measured['events-100']).toMatchObject({
    samples: 100,
    invariants: CLEAN,
    windows: { 'error.rate': [0] },
  });
});

test('a soak tells what grows, and every event of it is accounted for', async () => {
  const params = paramsOf('soak', { rate: 20, minutes: 0.1 });
  const scenarios = [{ name: 'soak', params }];
  const { scenarios: measured } = await runScenarios({ database, scenarios, progress: () => undefined });
  const { samples, invariants, windows = {}, observed } = measured['soak'] ?? {};
  expect([samples, invariants]).toEqual([120, CLEAN]);
  for (const what of ['backlog.growth', 'memory.growth_mib', 'dead_tuples.growth', 'disk.growth_mib'] as const) {
    expect([what, windows[`${what}_per_minute`]]).toEqual([what, [expect.any(Number)]]);
  }
  const last = observed?.series?.at(-1);
  expect([last?.memory, last?.disk]).toEqual([expect.any(Number), expect.any(Number)]);
});

test.each([0, -1, 1441])('a soak of %d minutes is refused', async (minutes) => {
  const scenarios = [{ name: 'soak', params: paramsOf('soak', { minutes }) }];
  const refused = { code: 'OPTION_INVALID', message: expect.stringContaining('params.minutes') };
  await expect(runScenarios({ database, scenarios, progress: () => undefined })).rejects.toMatchObject(refused);
});

test('a database that does not say that it is expendable is left alone', async () => {
  const { url } = await testDatabase();
  await expect(openDatabase(url)).rejects.toMatchObject({
    code: 'NOT_EXPENDABLE',
    message: expect.stringMatching(/comment on database "\w+" is 'scorekeep-loadtest: expendable'/),
  });
});
