import { kicktipp } from '@scorekeep/core/contests';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { connect } from './connect.ts';
import type { Keep } from './keep.ts';
import { projection } from './projections/projection.ts';
import { type TableLogDefinition, tableLog } from './tables/table-log.ts';
import { contest, createContest, FLAWLESS, judge, onDatabase } from './testing/contest.ts';

const definition: TableLogDefinition = {
  key: ['fixture_ref', 'player_ref'],
  subject: 'player_ref',
  fields: { home: 'goals_h', away: 'goals_a' },
  join: { table: 'fixture', on: { fixture_ref: 'id' }, fields: { resultHome: 'score_h', resultAway: 'score_a' } },
};

async function withContest(work: (keep: Keep, url: string) => Promise<void>): Promise<void> {
  const { url } = await testDatabase();
  await createContest(url, { players: 3, fixtures: 3 });
  const keep = await connect({ url });
  try {
    await work(keep, url);
  } finally {
    await keep.stop();
  }
}

test('a mapping that does not fit the tables is refused with the table, the column and the name that was meant', async () => {
  await withContest(async (keep, url) => {
    await onDatabase(url, (client) =>
      client.query(`alter table tip add column note jsonb, add column seen boolean;
        create table loose (a int, b int, home int, away int)`),
    );
    const status = (table: string, changes: Partial<TableLogDefinition>): Promise<unknown> =>
      keep.status(projection('points', { from: tableLog(table, { ...definition, ...changes }), score: kicktipp }));
    const { join } = definition;

    await expect(status('tips', {})).rejects.toThrow('There is no table "tips"; did you mean "tip"?');
    await expect(status('nowhere.tip', {})).rejects.toMatchObject({ code: 'UNKNOWN_TABLE' });
    await expect(status('tip', { fields: { home: 'goal_h', away: 'goals_a' } })).rejects.toThrow(
      'Table "tip" has no column "goal_h" (field home); did you mean "goals_h"?',
    );
    await expect(status('tip', { fields: { home: 'note', away: 'goals_a' } })).rejects.toMatchObject({
      code: 'WRONG_COLUMN_TYPE',
      fields: { table: 'tip', column: 'note', type: 'jsonb' },
    });
    await expect(status('tip', { frozen: 'goals_h' })).rejects.toMatchObject({ code: 'WRONG_COLUMN_TYPE' });
    await expect(status('tip', { fields: { home: 'goals_h' } })).rejects.toMatchObject({
      code: 'DEFINITION_INVALID',
      fields: { missing: ['away'] },
    });
    await expect(status('tip', { fields: { hom: 'goals_h', away: 'goals_a' } })).rejects.toThrow(
      'did you mean "home"?',
    );
    await expect(status('tip', { key: ['player_ref'] })).rejects.toMatchObject({ code: 'KEY_NOT_UNIQUE' });
    await expect(
      status('tip', join === undefined ? {} : { join: { ...join, on: { fixture_ref: 'score_h' } } }),
    ).rejects.toMatchObject({ code: 'KEY_NOT_UNIQUE', fields: { table: 'fixture' } });
    await expect(
      status('tip', { fields: { home: `goals_h" from tip; drop table tip; --`, away: 'goals_a' } }),
    ).rejects.toMatchObject({ code: 'UNKNOWN_COLUMN' });
    // and nothing of it kept the right mapping from working
    expect(await status('tip', {})).toMatchObject({ total: 9 });
  });
});

test('predictions for an unknown match wait and are counted, and are scored once the match is there', async () => {
  await withContest(async (keep, url) => {
    const { points, overall } = contest();
    await onDatabase(url, (client) =>
      client.query(`alter table tip drop constraint tip_fixture_ref_fkey;
        insert into tip values (md5('fixture 99')::uuid, md5('player 1')::uuid, 2, 1, default)`),
    );
    await keep.start({ projections: [points], boards: [overall] });
    await keep.finished(await keep.run(points));
    expect(await keep.status(points)).toMatchObject({ total: 10, processed: 9, pending: 1, unmatched: 1 });
    await onDatabase(url, (client) => client.query(`insert into fixture values (md5('fixture 99')::uuid, 2, 1)`));
    await keep.finished(await keep.run(points));
    expect(await keep.status(points)).toMatchObject({ processed: 10, pending: 0, unmatched: 0 });
    expect(await judge(url)).toEqual(FLAWLESS);
  });
});

test('a key column with a collation of its own is scored like any other', async () => {
  const { url } = await testDatabase();
  await onDatabase(url, (client) =>
    client.query(
      `create table tip (who text collate "C" primary key, h int, a int, rh int, ra int); insert into tip values ('b', 1, 1, 1, 1), ('B', 0, 1, 1, 1)`,
    ),
  );
  const keep = await connect({ url });
  try {
    const from = tableLog('tip', {
      key: ['who'],
      subject: 'who',
      fields: { home: 'h', away: 'a', resultHome: 'rh', resultAway: 'ra' },
    });
    const all = (['sql', 'js'] as const).map((backend) =>
      projection(`points_${backend}`, { from, score: kicktipp, backend }),
    );
    await keep.start({ projections: all });
    for (const points of all) {
      await keep.finished(await keep.run(points));
      expect(await keep.status(points)).toMatchObject({ scored: 2, errors: [] });
    }
  } finally {
    await keep.stop();
  }
});

test('another rule set or mapping under a known name and version is refused, and a new version scores beside the old', async () => {
  await withContest(async (keep) => {
    const { points } = contest();
    await keep.start({ projections: [points] });
    await keep.finished(await keep.run(points));
    const generous = { ...kicktipp, rules: kicktipp.rules.map((rule) => ({ ...rule, points: 9000 })) };
    const changed = projection('points', { from: points.from, score: generous });
    await expect(keep.status(changed)).rejects.toMatchObject({
      code: 'PROJECTION_CHANGED',
      fields: { changed: 'rule set' },
    });
    const moved = projection('points', { from: tableLog('tip', definition), score: kicktipp });
    await expect(keep.status(moved)).rejects.toMatchObject({
      code: 'PROJECTION_CHANGED',
      fields: { changed: 'tableLog' },
    });
    const second = projection('points', { from: points.from, score: generous, version: 2 });
    expect(await keep.status(second)).toMatchObject({ processed: 0, pending: 9 });
    expect(await keep.status(points)).toMatchObject({ processed: 9, pending: 0 });
  });
});

test('a scope that names no column, or an impossible value, is refused and starts nothing', async () => {
  await withContest(async (keep, url) => {
    const { points } = contest();
    await expect(keep.run(points, { where: { fixture: 'x' } })).rejects.toThrow('did you mean "fixture_ref"?');
    for (const value of ['not a uuid', '', '\0', '\ud800', null, {}, Number.NaN]) {
      const where = { fixture_ref: value } as unknown as { fixture_ref: string };
      await expect(keep.run(points, { where })).rejects.toMatchObject({ code: 'DEFINITION_INVALID' });
    }
    const { rows } = await onDatabase(url, (client) => client.query('select count(*)::int as runs from scorekeep.run'));
    expect(rows).toEqual([{ runs: 0 }]);
  });
});

test('names and subjects full of quotes, backslashes, braces and commas are scored like any other, in both back ends', async () => {
  const { url } = await testDatabase();
  const strange = ['{a,b}', 'NULL', 'null', `it's`, `"quoted"`, 'back\\slash', 'new\nline', 'ünï©ode 🏆', '', ' '];
  await onDatabase(url, async (client) => {
    await client.query(`create schema "We ird"; create table "We ird"."Ti.p" ("Who?" text, "the match" text, h int, a int, rh int, ra int, primary key ("Who?", "the match"));
      create view tip_view as select * from "We ird"."Ti.p"`);
    for (const who of strange) await client.query(`insert into "We ird"."Ti.p" values ($1, $1, 2, 1, 2, 1)`, [who]);
  });
  const keep = await connect({ url });
  try {
    const from = tableLog('tip_view', {
      key: ['Who?', 'the match'],
      subject: 'Who?',
      fields: { home: 'h', away: 'a', resultHome: 'rh', resultAway: 'ra' },
    });
    const all = (['sql', 'js'] as const).map((backend) =>
      projection(`points_${backend}`, { from, score: kicktipp, backend }),
    );
    await keep.start({ projections: all });
    for (const points of all) {
      await keep.finished(await keep.run(points));
      expect(await keep.status(points)).toMatchObject({ scored: strange.length, rejected: 0 });
    }
  } finally {
    await keep.stop();
  }
});

test('a wrong address, password or database is one error that says where and what to do, without the password', async () => {
  const { url } = await testDatabase();
  const elsewhere = new URL(url);
  elsewhere.port = '1';
  elsewhere.password = 'hunter2';
  const refused = await connect({ url: elsewhere.href }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'CONNECT_FAILED', fields: { port: '1', reason: 'ECONNREFUSED' } });
  expect(String(refused)).not.toContain('hunter2');
  const missing = new URL(url);
  missing.pathname = '/no_such_database';
  await expect(connect({ url: missing.href })).rejects.toThrow('There is no such database');
  await expect(connect({ url: undefined })).rejects.toThrow('url is missing');
});

test('a pool too small for the workers is refused with the size that would do', async () => {
  await withContest(async (keep) => {
    const { points } = contest();
    await expect(keep.start({ projections: [points], workers: 20 })).rejects.toMatchObject({
      code: 'POOL_TOO_SMALL',
      fields: { needed: 23, poolSize: 10 },
    });
  });
});

test('a column renamed under a run is shown in the status, and the run goes on by itself once it is back', async () => {
  await withContest(async (keep, url) => {
    const { points, overall } = contest();
    await keep.start({ projections: [points], boards: [overall] });
    await keep.status(points);
    await onDatabase(url, (client) => client.query('alter table fixture rename column score_h to score_home'));
    const run = await keep.run(points);
    await expect.poll(async () => (await keep.status(points)).errors, { timeout: 60_000 }).toEqual(['UNKNOWN_COLUMN']);
    await onDatabase(url, (client) => client.query('alter table fixture rename column score_home to score_h'));
    await keep.finished(run);
    expect(await judge(url)).toEqual(FLAWLESS);
  });
});
