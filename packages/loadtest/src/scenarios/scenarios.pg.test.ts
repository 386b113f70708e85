import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { type Expendable, openDatabase } from '../database/open-database.ts';
import { fillContest } from '../drain/contest.ts';
import { PROJECTION } from '../drain/protocol.ts';
import { reconcile } from '../drain/reconcile.ts';
import { expendable } from '../testing/expendable.ts';
import { paramsOf } from './catalogue.ts';
import { runScenarios } from './run-scenarios.ts';

let database: Expendable;
beforeAll(async () => {
  const { url } = await testDatabase();
  await expendable(url);
  database = await openDatabase(url);
});
afterAll(() => database[Symbol.asyncDispose]());

const CLEAN = { 'rows.lost': 0, 'rows.duplicated': 0, 'rows.mis_scored': 0, 'connections.leaked': 0 };

test('drains of both contests by worker processes score every row, and a planted loss, double and error are found', async () => {
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
    });
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

test('a database that does not say that it is expendable is left alone', async () => {
  const { url } = await testDatabase();
  await expect(openDatabase(url)).rejects.toMatchObject({
    code: 'NOT_EXPENDABLE',
    message: expect.stringMatching(/comment on database "\w+" is 'scorekeep-loadtest: expendable'/),
  });
});
